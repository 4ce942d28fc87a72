namespace Resilience.Client;

/// <summary>How often the same may be said: the first time at once, then once per period, with the number of times left out. Thread-safe.</summary>
internal sealed class LogPace(TimeSpan period)
{
    private readonly Lock _lock = new();
    private readonly Dictionary<string, (TimeSpan SaidAt, int LeftOut)> _said = [];

    /// <summary>How many were left out since it was said last, if it may be said now; else null.</summary>
    public int? TryTake(string what, TimeSpan now)
    {
        lock (_lock)
        {
            if (_said.TryGetValue(what, out var said) && now - said.SaidAt < period)
            {
                _said[what] = said with { LeftOut = said.LeftOut + 1 };
                return null;
            }

            _said[what] = (now, 0);
            return said.LeftOut;
        }
    }
}

namespace Resilience.Client;

/// <summary>
/// Whether calls have been waiting for places for so long that somebody should hear of it. Looked at in steps of
/// <see cref="ProbeSchedule.Patience"/>; a crowd that comes and goes is one. Not thread-safe.
/// </summary>
internal sealed class Congestion
{
    private const int Looks = 4; // A second: shorter ones are the limit at its work.

    private int _full;
    private int _empty;

    /// <summary>Whether it has lasted for so long.</summary>
    public bool IsKnown { get; private set; }

    /// <summary>When it began.</summary>
    public TimeSpan Since { get; private set; }

    /// <summary>Whether there is anything to look at again.</summary>
    public bool IsThere => _full > 0;

    public CongestionNews Look(bool isWaitedFor, TimeSpan now)
    {
        if (isWaitedFor)
        {
            _empty = 0;
            if (_full++ == 0)
                Since = now;
            if (IsKnown || _full < Looks)
                return CongestionNews.None;
            IsKnown = true;
            return CongestionNews.Begins;
        }

        if (IsKnown && ++_empty < Looks)
            return CongestionNews.None;
        var wasKnown = IsKnown;
        (_full, _empty, IsKnown) = (0, 0, false);
        return wasKnown ? CongestionNews.IsOver : CongestionNews.None;
    }
}

internal enum CongestionNews
{
    None,
    Begins,
    IsOver,
}

namespace Resilience.Client;

/// <summary>Exponential backoff: the ceiling doubles from retry to retry up to a cap, the delay is drawn below it.</summary>
internal static class Backoff
{
    /// <param name="retry">0 for the delay before the first retry.</param>
    /// <param name="settings">Base, cap and jitter.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Delay(int retry, Settings settings, double random)
    {
        var ceiling = settings.BaseDelay.Ticks * Math.Pow(2, retry);
        ceiling = Math.Min(ceiling, settings.MaxDelay.Ticks);
        return TimeSpan.FromTicks((long)(settings.Jitter == Jitter.None ? ceiling : ceiling * random));
    }
}

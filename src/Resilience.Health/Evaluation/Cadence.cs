namespace Resilience.Health;

/// <summary>When a check runs next.</summary>
internal static class Cadence
{
    /// <summary>Runs that a check must have been well for, in a row, to be left alone for a whole period.</summary>
    public const int Settled = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestAwaited = TimeSpan.FromMilliseconds(20), LongestAwaited = TimeSpan.FromMilliseconds(500), Again = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan ShortestRun = TimeSpan.FromSeconds(2);
    private const double Share = 0.02; // Of the time it has been bad: what its recovery may show late. The client's recovery has the same.
    private const double Spread = 0.1; // Either way, so that many processes do not ask in step.

    /// <param name="settings">The check's.</param>
    /// <param name="state">Its state after the newest run.</param>
    /// <param name="badFor">How long it has counted as not healthy; zero if it does not.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Next(CheckSettings settings, Hysteresis state, TimeSpan badFor, double random) =>
        Base(settings, state, badFor) * (1 - Spread + 2 * Spread * random);

    /// <summary>
    /// While somebody waits for it, so that it shows at most so late that it has come up. Never later than that: the spread goes one way.
    /// </summary>
    /// <param name="settings">The check's.</param>
    /// <param name="newest">What its newest run said.</param>
    /// <param name="waited">For how long.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Awaited(CheckSettings settings, HealthStatus newest, TimeSpan waited, double random)
    {
        if (newest == HealthStatus.Healthy || newest == HealthStatus.Degraded && settings.IsCritical) // That serves.
            return settings.HasOwnPeriod && settings.Period > Again ? settings.Period : Again;
        return Clamp(waited * Share, ShortestAwaited, LongestAwaited) * (1 - 2 * Spread * random);
    }

    /// <summary>When a run is given up. While somebody waits, one that hangs must not hide for long that the next would succeed; one that is slow succeeds in the end.</summary>
    public static TimeSpan Timeout(CheckSettings settings, TimeSpan? waited) => waited is { } time && !settings.HasOwnTimeout
        ? Clamp(time / 4, ShortestRun, settings.Timeout)
        : settings.Timeout;

    private static TimeSpan Clamp(TimeSpan value, TimeSpan low, TimeSpan high) => value > high || low > high ? high : value < low ? low : value;

    private static TimeSpan Base(CheckSettings settings, Hysteresis state, TimeSpan badFor)
    {
        if (settings.HasOwnPeriod || state.Successes >= Settled && state.State == HealthStatus.Healthy)
            return settings.Period;
        if (state.State == HealthStatus.Healthy) // Settling, or the first failures, which may be a blip.
            return settings.FailingPeriod;
        var soon = badFor * Share;
        if (soon < Shortest)
            soon = Shortest;
        return soon < settings.FailingPeriod ? soon : settings.FailingPeriod;
    }
}

namespace Resilience.Health;

/// <summary>When a check runs next.</summary>
internal static class Cadence
{
    /// <summary>Runs that a check must have been well for, in a row, to be left alone for a whole period.</summary>
    public const int Settled = 3;

    private static readonly TimeSpan Shortest = TimeSpan.FromSeconds(1);
    private const double Share = 0.02; // Of the time it has been bad: what its recovery may show late. The client's recovery has the same.
    private const double Spread = 0.1; // Either way, so that many processes do not ask in step.

    /// <param name="settings">The check's.</param>
    /// <param name="state">Its state after the newest run.</param>
    /// <param name="badFor">How long it has counted as not healthy; zero if it does not.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Next(CheckSettings settings, Hysteresis state, TimeSpan badFor, double random) =>
        Base(settings, state, badFor) * (1 - Spread + 2 * Spread * random);

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

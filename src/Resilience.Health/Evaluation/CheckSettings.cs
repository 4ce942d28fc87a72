namespace Resilience.Health;

/// <summary>How one check is run: its own options, then its registration's, then those of all.</summary>
internal sealed record CheckSettings(
    bool IsCritical, bool HasOwnPeriod, TimeSpan Period, TimeSpan FailingPeriod, bool HasOwnTimeout, TimeSpan Timeout, int FailureThreshold, int SuccessThreshold,
    TimeSpan StaleAfter, string? HealthyText)
{
    private static readonly TimeSpan ShortestStaleness = TimeSpan.FromSeconds(60);

    /// <param name="registration">The check's.</param>
    /// <param name="period">What its registration asked for, before that was taken from it.</param>
    /// <param name="all">The options.</param>
    public static CheckSettings Of(HealthCheckRegistration registration, TimeSpan? period, HealthOptions all)
    {
        all.Checks.TryGetValue(registration.Name, out var own);
        var ownPeriod = own?.Period ?? period;
        var timeout = own?.Timeout ?? (registration.Timeout > TimeSpan.Zero ? registration.Timeout : all.Timeout); // Infinite, the default, is -1 ms.
        // What is asked more rarely than others, or takes longer, may be older.
        var stale = 3 * (ownPeriod ?? all.Period) + timeout;
        var least = all.StaleAfter ?? ShortestStaleness;
        var isSlow = all.StaleAfter is null || ownPeriod > all.Period || timeout > all.Timeout;
        return new(
            own?.Critical ?? registration.FailureStatus == HealthStatus.Unhealthy,
            ownPeriod is not null,
            ownPeriod ?? all.Period,
            all.FailingPeriod < all.Period ? all.FailingPeriod : all.Period,
            own?.Timeout is not null || registration.Timeout > TimeSpan.Zero,
            timeout,
            own?.FailureThreshold ?? all.FailureThreshold,
            own?.SuccessThreshold ?? all.SuccessThreshold,
            isSlow && stale > least ? stale : least,
            own?.HealthyText);
    }
}

namespace Resilience.Health;

/// <summary>
/// How one check is run and what its failure means: section <c>Health:Checks:&lt;name&gt;</c>, then <c>ConfigureCheck</c>. What is null is taken from the check's
/// registration where it says it, else from <see cref="HealthOptions"/>. A value out of its bounds, and a name that no check has, stop the host at start.
/// </summary>
public sealed class CheckOptions
{
    /// <summary>
    /// Whether the service can do its work without what the check asks. A failed critical check makes readiness 503; an optional one is never worse than
    /// <see cref="HealthStatus.Degraded"/>. Default: critical if the registration's <c>failureStatus</c> is <see cref="HealthStatus.Unhealthy"/>, as it is when not given.
    /// </summary>
    public bool? Critical { get; set; }

    /// <summary>
    /// How often it runs, whatever its state; for expensive checks. Default: <see cref="HealthOptions.Period"/> or <see cref="HealthOptions.FailingPeriod"/>, by state.
    /// 100 ms to 24 hours.
    /// </summary>
    public TimeSpan? Period { get; set; }

    /// <summary>When it is given up. Default: <see cref="HealthOptions.Timeout"/>. 10 ms to 10 minutes.</summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>Failures in a row until it counts as failed. Default: <see cref="HealthOptions.FailureThreshold"/>. 1 to 100.</summary>
    public int? FailureThreshold { get; set; }

    /// <summary>Successes in a row until it counts as well again. Default: <see cref="HealthOptions.SuccessThreshold"/>. 1 to 100.</summary>
    public int? SuccessThreshold { get; set; }

    /// <summary>
    /// The word for success, such as <c>connected</c>; 1 to 40 lower-case letters and underscores. Default: the check's description of its success if it is one such word, else <c>ok</c>.
    /// </summary>
    public string? HealthyText { get; set; }

    /// <summary>
    /// That it asks nothing outside this process, and so may carry <see cref="CheckTags.Live"/>, although it is of a kind that does. Default false.
    /// </summary>
    public bool InProcess { get; set; }
}

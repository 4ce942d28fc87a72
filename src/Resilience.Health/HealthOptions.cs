namespace Resilience.Health;

/// <summary>When checks run.</summary>
public enum EvaluationMode
{
    /// <summary>All the time, in the background, whether anybody asks or not.</summary>
    Background,

    /// <summary>Once at start, and then when somebody asks and the results are older than <see cref="HealthOptions.Period"/>: for hosts that sleep between requests.</summary>
    OnDemand,
}

/// <summary>
/// How checks are evaluated: section <c>Health</c>, then the delegate of <c>AddHealthEvaluator</c>. Read once, at start. Wrong values, unknown keys and impossible
/// combinations stop the host at start, all in one message. The numbers' sources are in the package's README.
/// </summary>
public sealed class HealthOptions
{
    /// <summary>How often a check runs that has been well for its last three runs. Default 30 s; 100 ms to 24 hours. ±10 %, so that many processes do not ask in step.</summary>
    public TimeSpan Period { get; set; } = TimeSpan.FromSeconds(30);

    /// <summary>
    /// How often, at the least, a check runs that is not, if <see cref="Period"/> is not shorter. Default 10 s; 100 ms to 24 hours. One that has failed for good runs again after 2 % of the time it has been so
    /// (1 s or more), so that its recovery shows soon.
    /// </summary>
    public TimeSpan FailingPeriod { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>When a run is given up: its token is cancelled, <c>timeout</c> recorded, and what it says later is discarded. Default 5 s; 10 ms to 10 minutes.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>How many checks run at once. Default 8; 1 to 1,000. One that has waited for an answer for 0.5 s, and one that was given up, no longer count; those tagged <see cref="CheckTags.Live"/> never do.</summary>
    public int MaxConcurrent { get; set; } = 8;

    /// <summary>
    /// Failures in a row until a check that was well counts as failed. Default 3; 1 to 100. Use 1 if what asks counts failures itself, as Kubernetes does: thresholds multiply.
    /// A check that has never been well, and a definitive failure such as a rejected password, count at once.
    /// </summary>
    public int FailureThreshold { get; set; } = 3;

    /// <summary>Successes in a row until a failed check counts as well again. Default 1; 1 to 100.</summary>
    public int SuccessThreshold { get; set; } = 1;

    /// <summary>
    /// The age at which a result is no longer believed. Default: three of the check's periods and its timeout, at least 60 s; and no less than that, whatever is set here, for a check whose own
    /// period or timeout is longer than everybody's. 1 s to 7 days.
    /// </summary>
    public TimeSpan? StaleAfter { get; set; }

    /// <summary>A refresh that somebody asks for does not run a check again that ran more recently than this. Default 1 s; 0 to 1 hour.</summary>
    public TimeSpan MinRefreshInterval { get; set; } = TimeSpan.FromSeconds(1);

    /// <summary>When checks run. Default <see cref="EvaluationMode.Background"/>.</summary>
    public EvaluationMode Mode { get; set; }

    /// <summary>
    /// How long the service goes on serving after the signal to stop, while readiness answers 503 <c>draining</c>, so that balancers notice. Default: 5 s in
    /// Kubernetes (<c>KUBERNETES_SERVICE_HOST</c> is set), else 0. 0 to 5 minutes; it must fit into the host's <c>ShutdownTimeout</c>. A second Ctrl+C cuts it short.
    /// </summary>
    public TimeSpan? DrainDelay { get; set; }

    /// <summary>
    /// Whether requests for anything but health are answered 503 with <c>Retry-After: 1</c> until the service has started; needs <c>AddHealthEndpoints</c> or <c>MapHealth</c>. Default: only if a startup gate holds the start
    /// while requests come in.
    /// </summary>
    public bool? RefuseWhileStarting { get; set; }

    /// <summary>
    /// Paths that are served nevertheless, each with all below it: <c>/assets</c>, for example. They begin with a slash and are not case-sensitive. Default <c>/metrics</c>, so that a start that does not end can be
    /// seen; those of the configuration are added to it, and code may clear it.
    /// </summary>
    public IList<string> ServeWhileStarting { get; } = ["/metrics"];

    /// <summary>
    /// A file that says whether this process is ready, for <c>--health-check FILE</c> in a worker without a port: rewritten every 5 s and on every change, removed
    /// at the end. Default: none. Its folder must exist.
    /// </summary>
    public string? HeartbeatFile { get; set; }

    /// <summary>
    /// Log a faulty set of checks (tags, names, groups) instead of refusing to start. Values out of their bounds stop the host all the same. Default false.
    /// </summary>
    public bool WarnOnly { get; set; }

    /// <summary>Settings of single checks, by name. Names are not case-sensitive.</summary>
    public IDictionary<string, CheckOptions> Checks { get; } = new Dictionary<string, CheckOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>
    /// Named groups of checks, each given by tags or names of checks; every one gets an endpoint of its own below the base of the health endpoints. A group that
    /// names a tag or check that does not exist, or no check at all, stops the host at start.
    /// </summary>
    public IDictionary<string, IList<string>> Groups { get; } = new Dictionary<string, IList<string>>(StringComparer.OrdinalIgnoreCase);

    // What reading the configuration found wrong, for the validator to say together with the rest.
    internal List<string> ReadFaults { get; } = [];

    internal CheckOptions Check(string name)
    {
        if (!Checks.TryGetValue(name, out var options))
            Checks[name] = options = new();
        return options;
    }
}

namespace Resilience.Health;

/// <summary>Where in its life a service is.</summary>
public enum HealthPhase
{
    /// <summary>Not every check has run yet, or a critical one tagged <see cref="CheckTags.Startup"/> has done nothing but fail.</summary>
    Starting,

    /// <summary>Started. It stays so until it is told to stop, whatever checks say.</summary>
    Running,

    /// <summary>Told to stop, and still serving.</summary>
    Draining,
}

/// <summary>All checks at one moment. Immutable: safe for use by many threads. The same object is handed out until something changes.</summary>
public sealed class HealthSnapshot
{
    private Dictionary<string, CheckSnapshot>? _byName; // Made when asked for; twice, at worst.

    internal HealthSnapshot(HealthPhase phase, DateTimeOffset at, bool isMoving, IReadOnlyList<CheckSnapshot> checks)
    {
        (Phase, At, IsMoving, Checks, HasStarted) = (phase, at, isMoving, checks, phase != HealthPhase.Starting);
        Status = Worst(checks.Where(check => !check.IsLive));
        // One that has not run yet has not failed: a restart would not help.
        var dead = checks.FirstOrDefault(check => check.IsLive && check.Status == HealthStatus.Unhealthy && check.CheckedAt is not null);
        LiveError = !isMoving ? CheckErrors.Stalled : dead is null ? null : dead.Error ?? CheckErrors.Failed;
    }

    /// <summary>Where in its life the service is.</summary>
    public HealthPhase Phase { get; }

    /// <summary>The worst state of all checks but those tagged <see cref="CheckTags.Live"/>; healthy if there are none.</summary>
    public HealthStatus Status { get; }

    /// <summary>Whether this process is worth keeping: the evaluator moves, and no check tagged <see cref="CheckTags.Live"/> has failed. Dependencies never matter.</summary>
    public bool IsLive => LiveError is null;

    /// <summary>Why it is not live; null while it is.</summary>
    public string? LiveError { get; }

    /// <summary>Whether requests should be sent here: started, live, not draining, and no critical check has failed.</summary>
    public bool IsReady => Phase == HealthPhase.Running && IsLive && Status != HealthStatus.Unhealthy;

    /// <summary>Whether it has started; once it has, for ever.</summary>
    public bool HasStarted { get; internal init; }

    /// <summary>One word: <c>starting</c>, <c>draining</c>, <c>ok</c>, <c>degraded</c>, <c>error</c>.</summary>
    public string Word => Phase switch
    {
        HealthPhase.Starting => "starting",
        HealthPhase.Draining => "draining",
        _ => IsLive ? WordOf(Status) : WordOf(HealthStatus.Unhealthy),
    };

    /// <summary>When this was put together.</summary>
    public DateTimeOffset At { get; }

    /// <summary>Every check, in the order of registration.</summary>
    public IReadOnlyList<CheckSnapshot> Checks { get; }

    /// <summary>A check by name, which is not case-sensitive; null if there is none.</summary>
    /// <param name="name">The check's name.</param>
    public CheckSnapshot? this[string name] =>
        (_byName ??= Checks.ToDictionary(check => check.Name, StringComparer.OrdinalIgnoreCase)).GetValueOrDefault(name);

    /// <summary>Whether the evaluator moved when this was put together.</summary>
    internal bool IsMoving { get; }

    /// <summary>The clock's timestamp from which on a result in it is too old.</summary>
    internal long FreshUntil { get; init; } = long.MaxValue;

    internal const string Unknown = "unknown";

    internal static HealthStatus Worst(IEnumerable<CheckSnapshot> checks) =>
        checks.Select(check => check.Status).DefaultIfEmpty(HealthStatus.Healthy).Min();

    internal static string WordOf(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "degraded",
        _ => "error",
    };
}

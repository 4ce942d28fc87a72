namespace Resilience.Health;

/// <summary>
/// Where the newest snapshot hangs. It is replaced whole, so readers take no lock; the lock orders those that replace it. A reader never believes what has become too
/// old since, also if everything else in here has stopped.
/// </summary>
internal sealed class SnapshotBoard(TimeProvider time, HealthLog log)
{
    /// <summary>How long the evaluator may keep silent: fifteen of its beats, more than a pause by the collector or a busy pool should take.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _evaluated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<CheckLoop>? _loops; // Null before the start.
    private bool _expires;
    private HealthPhase _phase = HealthPhase.Starting;
    private HealthSnapshot _current = new(HealthPhase.Starting, time.GetUtcNow(), isMoving: true, []);
    private long _beat = time.GetTimestamp();

    /// <summary>Done when every check has run once.</summary>
    public Task Evaluated => _evaluated.Task;

    public HealthSnapshot Current
    {
        get
        {
            var current = Volatile.Read(ref _current);
            var now = time.GetTimestamp();
            return now < current.FreshUntil && IsMoving(now) == current.IsMoving ? current : Replace();
        }
    }

    /// <param name="loops">Of all checks.</param>
    /// <param name="expires">Whether results become too old.</param>
    public void Start(IReadOnlyList<CheckLoop> loops, bool expires)
    {
        (_loops, _expires) = (loops, expires);
        Beat();
        Replace();
    }

    public void Beat() => Volatile.Write(ref _beat, time.GetTimestamp());

    public void BeginDrain()
    {
        lock (_lock)
            _phase = HealthPhase.Draining;
        Replace();
    }

    public void Stop() => _evaluated.TrySetCanceled();

    /// <summary>Puts a new snapshot together from what the checks said last.</summary>
    public HealthSnapshot Replace()
    {
        lock (_lock)
        {
            var (before, now) = (_current, time.GetTimestamp());
            var checks = new CheckSnapshot[_loops?.Count ?? 0];
            var freshUntil = long.MaxValue;
            for (var i = 0; i < checks.Length; i++)
            {
                var loop = _loops![i]; // There is one for each.
                checks[i] = loop.Snapshot;
                if (!_expires || checks[i].CheckedAt is null)
                    continue;
                var until = checks[i].CheckedTimestamp + (long)(loop.Settings.StaleAfter.TotalSeconds * time.TimestampFrequency);
                if (now < until)
                    freshUntil = Math.Min(freshUntil, until);
                else
                    checks[i] = Stale(checks[i], before.Checks.ElementAtOrDefault(i));
            }

            if (_loops is not null && Array.TrueForAll(checks, check => check.CheckedAt is not null))
            {
                _evaluated.TrySetResult();
                if (_phase == HealthPhase.Starting && Array.TrueForAll(checks, HasStarted))
                {
                    _phase = HealthPhase.Running;
                    log.Started(checks.Length);
                }
            }

            var snapshot = new HealthSnapshot(_phase, time.GetUtcNow(), IsMoving(now), checks) { FreshUntil = freshUntil };
            if (!snapshot.IsMoving && before.IsMoving)
                log.Stalled();
            Volatile.Write(ref _current, snapshot);
            return snapshot;
        }
    }

    private bool IsMoving(long now) => time.GetElapsedTime(Volatile.Read(ref _beat), now) < LongestSilence;

    private static bool HasStarted(CheckSnapshot check) => check.HasBeenHealthy || !check.IsCritical || !check.Tags.Contains(CheckTags.Startup);

    private CheckSnapshot Stale(CheckSnapshot check, CheckSnapshot? before)
    {
        if (before is { IsKnown: false } && before.CheckedTimestamp == check.CheckedTimestamp)
            return before;
        log.Stale(check, time.GetElapsedTime(check.CheckedTimestamp));
        return check with
        {
            IsKnown = false,
            Status = check.IsCritical ? HealthStatus.Unhealthy : HealthStatus.Degraded,
            Error = CheckErrors.Stale,
            Word = "unknown",
            Since = time.GetUtcNow(),
        };
    }
}

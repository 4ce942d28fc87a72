// Longer than most files because all that happens under the one lock belongs together.

namespace Resilience.Health;

/// <summary>
/// Where the newest snapshot hangs. It is replaced whole, so readers take no lock; the lock orders those that replace it. After a run it is replaced by the first who
/// asks, or with the next beat: where there are many checks, each would make a copy of all for nobody. A reader never believes what has become too
/// old since, also if everything else in here has stopped. Logs and measures outside the lock: who listens may ask how we are.
/// </summary>
internal sealed class SnapshotBoard(TimeProvider time, HealthLog log, HealthMetrics metrics)
{
    /// <summary>How long the evaluator may keep silent: fifteen of its beats, more than a pause by the collector or a busy pool should take.</summary>
    public static readonly TimeSpan LongestSilence = TimeSpan.FromSeconds(15);

    // In place of the last beat, when none is to be expected: before the start and after the stop.
    private const long NoBeatsDue = long.MaxValue;

    private readonly Lock _lock = new();
    private readonly TaskCompletionSource _evaluated = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<CheckLoop>? _loops; // Null before the start.
    private List<CheckLoop> _notRun = [], _notStarted = []; // About: who has is taken out when somebody looks.
    private bool _expires;
    private HealthPhase _phase = HealthPhase.Starting;
    private int _holds;
    private bool _wasHeld; // Then those who held it have decided.
    private TaskCompletionSource? _changed; // Of those who wait for the next snapshot.
    private bool _isRefused; // Then there will be none.
    private bool _hasStarted; // Apart from the phase: it may be told to stop before.
    private HealthSnapshot _newest = new(HealthPhase.Starting, time.GetUtcNow(), isMoving: true, []);
    private volatile HealthSnapshot? _current; // The newest, until a check has run since. One field, so that who reads without the lock cannot take the old for current.
    private long _beat = NoBeatsDue;

    /// <summary>Done when every check has run once.</summary>
    public Task Evaluated => _evaluated.Task;

    public HealthSnapshot Current => _current is { } current && IsFresh(current) ? current : Replace(evenIfCurrent: false);

    /// <summary>For who beats: what nobody has asked for since the last one is put together all the same, so that it is noticed what has become too old.</summary>
    public void CatchUp()
    {
        if (_current is null)
            Replace(evenIfCurrent: false);
    }

    public Milestones Milestones { get; } = new(time);

    /// <param name="loops">Of all checks.</param>
    /// <param name="expires">Whether results become too old.</param>
    public void Start(IReadOnlyList<CheckLoop> loops, bool expires)
    {
        lock (_lock)
            (_loops, _expires, _notRun, _notStarted) = (loops, expires, [.. loops], [.. loops]);
        Beat();
        Replace();
    }

    public void Beat() => Volatile.Write(ref _beat, time.GetTimestamp());

    public void BeginDrain()
    {
        lock (_lock)
            _phase = HealthPhase.Draining;
        Milestones.Drains();
        Replace();
    }

    public void Hold()
    {
        lock (_lock)
        {
            if (_hasStarted)
                throw new InvalidOperationException("The service has started already: hold its start before the host starts.");
            _holds++;
            _wasHeld = true;
        }
    }

    /// <returns>Whether nobody holds it any longer.</returns>
    public bool Release()
    {
        bool isFree;
        lock (_lock)
            isFree = --_holds == 0;
        if (isFree)
            Replace();
        return isFree;
    }

    public async Task<HealthSnapshot> WaitForChangeAsync(HealthSnapshot known, CancellationToken cancellationToken)
    {
        while (true)
        {
            CatchUp();
            Task changed;
            lock (_lock)
            {
                if (_newest != known)
                    return _newest;
                if (_isRefused)
                    throw new InvalidOperationException("The evaluator of health checks has not started, because of faults.");
                changed = _current is null ? Task.CompletedTask : (_changed ??= new(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
            }

            await changed.WaitAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The evaluator does not start.</summary>
    public void Refuse()
    {
        TaskCompletionSource? changed;
        lock (_lock)
            (changed, _changed, _isRefused) = (_changed, null, true);
        changed?.SetResult();
    }

    public void Stop()
    {
        Volatile.Write(ref _beat, NoBeatsDue);
        _evaluated.TrySetCanceled();
    }

    /// <summary>A check has said something new. Costs the same however many checks there are, but for the one with which the service has started.</summary>
    public void Notice()
    {
        TaskCompletionSource? changed = null;
        bool isDue;
        lock (_lock)
        {
            isDue = IsMilestoneDue() || !IsFresh(_newest);
            _current = null;
            if (!isDue)
                (changed, _changed) = (_changed, null);
        }

        if (isDue)
            Replace(evenIfCurrent: true);
        changed?.SetResult();
    }

    private void Replace() => Replace(evenIfCurrent: true);

    private HealthSnapshot Replace(bool evenIfCurrent)
    {
        HealthSnapshot before, snapshot;
        TaskCompletionSource? changed;
        var expired = new List<(CheckSnapshot Before, CheckSnapshot Now)>();
        lock (_lock)
        {
            before = _newest;
            if (!evenIfCurrent && _current is { } current && IsFresh(current))
                return current; // Another reader was quicker.
            var now = time.GetTimestamp();
            var (checks, freshUntil) = Collect(now, expired);
            if (_loops is not null && HaveRun(checks))
            {
                _evaluated.TrySetResult();
                _hasStarted |= _holds == 0 && (_wasHeld || Array.TrueForAll(checks, HasStarted));
                if (_hasStarted)
                    Milestones.Starts();
                if (_phase == HealthPhase.Starting && _hasStarted)
                    _phase = HealthPhase.Running;
            }

            snapshot = new(_phase, time.GetUtcNow(), IsMoving(now), checks) { FreshUntil = freshUntil, HasStarted = _hasStarted };
            _current = _newest = snapshot;
            (changed, _changed) = (_changed, null);
        }

        changed?.SetResult();
        expired.ForEach(check => metrics.Changed(check.Before, check.Now));
        expired.ForEach(check => log.Stale(check.Before, time.GetElapsedTime(check.Before.CheckedTimestamp)));
        if (before.Phase == HealthPhase.Starting && snapshot.Phase == HealthPhase.Running && !_wasHeld)
            log.Started(snapshot.Checks.Count);
        if (before.IsMoving && !snapshot.IsMoving)
            log.Stalled();
        if (!before.IsMoving && snapshot.IsMoving)
            log.Moves();
        return snapshot;
    }

    private (CheckSnapshot[] Checks, long FreshUntil) Collect(long now, List<(CheckSnapshot, CheckSnapshot)> expired)
    {
        var checks = new CheckSnapshot[_loops?.Count ?? 0];
        var freshUntil = long.MaxValue;
        for (var i = 0; i < checks.Length; i++)
        {
            var loop = _loops![i]; // There is one for each.
            checks[i] = loop.Snapshot;
            if (!_expires || !checks[i].IsKnown)
                continue;
            var until = checks[i].CheckedTimestamp + (long)(loop.Settings.StaleAfter.TotalSeconds * time.TimestampFrequency);
            if (now < until)
            {
                freshUntil = Math.Min(freshUntil, until);
                continue;
            }

            if (loop.Expire(checks[i]) is { } unknown)
                expired.Add((checks[i], unknown));
            checks[i] = loop.Snapshot;
        }

        return (checks, freshUntil);
    }

    private bool IsFresh(HealthSnapshot snapshot)
    {
        var now = time.GetTimestamp();
        return now < snapshot.FreshUntil && IsMoving(now) == snapshot.IsMoving;
    }

    private bool IsMoving(long now) => Volatile.Read(ref _beat) is var beat && (beat == NoBeatsDue || time.GetElapsedTime(beat, now) < LongestSilence);

    // Needs the lock. One that is postponed is somebody's who holds the start.
    private bool HaveRun(CheckSnapshot[] checks)
    {
        for (var i = 0; i < checks.Length; i++)
        {
            if (checks[i].CheckedAt is null && !_loops![i].IsPostponed) // There is one for each.
                return false;
        }

        return true;
    }

    // Needs the lock. The same that a replacement would find out, without a look at those known to be done: all changes together look at each check about once.
    private bool IsMilestoneDue()
    {
        if (!_evaluated.Task.IsCompleted)
            return _loops is not null && TakeOut(_notRun, static loop => loop.Snapshot.CheckedAt is not null, static loop => loop.IsPostponed);
        return !_hasStarted && _holds == 0 && (_wasHeld || TakeOut(_notStarted, static loop => HasStarted(loop.Snapshot), static _ => false));
    }

    /// <returns>Whether none is left but those that need not be done.</returns>
    private static bool TakeOut(List<CheckLoop> loops, Predicate<CheckLoop> isDone, Predicate<CheckLoop> needNot)
    {
        for (var i = loops.Count - 1; i >= 0; i--)
        {
            if (isDone(loops[i]))
            {
                loops[i] = loops[^1];
                loops.RemoveAt(loops.Count - 1);
            }
            else if (!needNot(loops[i]))
            {
                return false;
            }
        }

        return true;
    }

    private static bool HasStarted(CheckSnapshot check) => check.HasWorked || !check.IsCritical || !check.Tags.Contains(CheckTags.Startup);
}

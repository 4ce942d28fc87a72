using System.Diagnostics;

namespace Resilience.Client;

// Longer than most files because the transitions of one state machine belong together.

/// <summary>
/// Whether the backend is up: the state machine of <see cref="EpochState"/>. Up goes down by a refused connection, an open circuit, or its own
/// word; down is probed; probing lets calls in along the ramp until nobody waits, or goes down again. A backend that the start waits for
/// begins as down. Thread-safe: the lock of <see cref="Entrance"/> covers every change.
/// </summary>
internal sealed class Recovery(Backend backend, BackendLog log)
{
    private const int Several = 3;

    private readonly Entrance _entrance = backend.Entrance;
    private readonly RecoveryProbe _probe = new(backend, log);

    /// <summary>When the next probe is due, about.</summary>
    public TimeSpan? NextProbeIn => _entrance.Epoch is { State: EpochState.Down } down
        ? ProbeSchedule.Interval(backend.Clock.Now - (down.Startup?.Began ?? down.Since), 0.5)
        : null;

    /// <summary>Asks for a backend that the start waits for, unless somebody does already: when the host starts, and whenever somebody wants it before that.</summary>
    public void BeginStartup()
    {
        if (_entrance is { Epoch: { IsStarting: true } epoch, IsStopping: false } && epoch.Startup.TryBegin(backend.Clock.Now))
            _probe.Start(epoch);
    }

    /// <summary>A call that the ramp let in was answered.</summary>
    public void Succeeded(Epoch epoch, TimeSpan began, TimeSpan now)
    {
        if (epoch.IsStarting) // The one that tried.
            FoundAlive(epoch, ready: true, default);
        if (epoch.State != EpochState.Probing)
            return;
        Epoch next;
        var took = now - began;
        lock (_entrance.Lock)
        {
            var isAlone = epoch.Ramp.IsAlone;
            var rest = epoch.Ramp.Succeed(took, backend.Settings.AttemptTimeout);
            if (!IsCurrent(epoch))
                return;
            if (isAlone && epoch.MayBeCold)
                backend.Limit.Returned(took);
            if (rest > TimeSpan.Zero)
                Caretaker.GoOn(backend, epoch, rest);
            _entrance.LetIn(epoch);
            // From here on it is the places that those who wait for wait for, if any.
            if (_entrance.IsWaitedFor && epoch.Ramp.Width < backend.Limit.Limit)
                return;
            next = epoch.Up(now);
            ComeUp(next);
        }

        Change(epoch, next);
        if (!epoch.HasArrived)
            log.IsBack(now - epoch.Since);
    }

    public void Failed(Epoch epoch, Outcome outcome, TimeSpan now)
    {
        if (epoch.IsUp)
        {
            if (!IsCurrent(epoch))
                return;
            var open = backend.Window.Fail(now, backend.Settings, outcome.IsLate && !backend.HasSucceededSince(now - backend.Settings.AttemptTimeout / 2));
            if (outcome.MeansDown || open)
                GoDown(epoch, outcome, now, byCircuit: !outcome.MeansDown);
            return;
        }

        if (epoch.IsStarting)
            return; // Of the one that tried: it waits again.

        bool failed;
        lock (_entrance.Lock)
        {
            failed = epoch.Ramp.Fail(!outcome.IsLate) || outcome.MeansDown;
            if (!failed)
                _entrance.LetIn(epoch);
        }

        if (failed)
            GoDown(epoch, outcome, now, epoch.HasArrived ? !outcome.MeansDown : epoch.ByCircuit);
    }

    /// <summary>An attempt or an admission that tells nothing.</summary>
    public void Abandoned(Epoch epoch)
    {
        if (epoch.State != EpochState.Probing)
            return;
        lock (_entrance.Lock)
        {
            epoch.Ramp.Abandon();
            _entrance.LetIn(epoch);
        }
    }

    /// <summary>Time passes without news from those let in: one that takes long must not hold up the others.</summary>
    public void Widen(Epoch epoch)
    {
        lock (_entrance.Lock)
        {
            if (!IsCurrent(epoch) || epoch.State != EpochState.Probing)
                return;
            // Where attempts were not answered in time, one that keeps silent is a reason to let in another only within the budget.
            if (!epoch.Ramp.IsSilent()
                || epoch.IsLate && (!_entrance.IsWaitedFor || !epoch.Ramp.IsFull || !backend.Budget.TryTakeShare(backend.Clock.Now, backend.Settings)))
                return;
            epoch.Ramp.Widen();
            _entrance.LetIn(epoch);
        }
    }

    /// <summary>A ramp has rested.</summary>
    public void GoOn(Epoch epoch)
    {
        lock (_entrance.Lock)
        {
            epoch.Ramp.GoOn();
            _entrance.LetIn(epoch);
        }
    }

    /// <summary>
    /// Asked when a call would give up: what it alone cannot know, others may have seen, or the backend says itself. So a lone caller of a
    /// backend that restarts behind a proxy, which answers 502 meanwhile, waits for its return as well.
    /// </summary>
    /// <returns>Whether the backend is down.</returns>
    public async ValueTask<bool> IsDownAfterAllAsync(Outcome outcome, TimeSpan began, TimeSpan left, CancellationToken caller)
    {
        var epoch = _entrance.Epoch;
        // Where others have succeeded meanwhile, and have not just begun to fail as well, it is this call's own trouble.
        if (epoch.IsUp && outcome.IsFailure && (!backend.HasSucceededSince(began) || backend.Window.FailuresInARow >= Several)
            && (backend.Window.MustOpenBeforeGivingUp(backend.Settings) || await _probe.SaysDownAsync(epoch, outcome, left, caller).ConfigureAwait(false)))
        {
            GoDown(epoch, outcome, backend.Clock.Now, byCircuit: true);
        }

        return _entrance.Epoch.State == EpochState.Down;
    }

    /// <summary>Asks a backend that is up what it says itself.</summary>
    public Task<ProbeAnswer> AskAsync(Epoch up) => _probe.AskAsync(up);

    /// <summary>A recovery probe found a sign of life.</summary>
    /// <param name="down">What the probe was for.</param>
    /// <param name="ready">It is more than that: the backend says that it is ready.</param>
    /// <param name="probe">The probe's trace, if it has one.</param>
    /// <returns>The epoch in which calls are let in, if there is one now.</returns>
    public Epoch? FoundAlive(Epoch down, bool ready, ActivityContext probe)
    {
        TimeSpan now;
        Epoch next;
        lock (_entrance.Lock)
        {
            if (!IsCurrent(down))
                return null;
            now = backend.Clock.Now;
            backend.Limit.Begin(down.Places, now);
            // Nobody waits who could prove it: its word is enough then, and for a refusal any answer. Those in haste go on as had they come a moment
            // later: a ramp would fail others of their kind that come meanwhile.
            if (_entrance.IsWaitedForInHasteOnly && (ready || !down.ByCircuit))
                ComeUp(next = down.Up(now, probe));
            else
                _entrance.Become(next = down.Probing(backend.Limit.Usual, probe, now));
        }

        Change(down, next);
        if (!down.IsStarting && next.IsUp)
            log.IsBack(now - down.Since);
        else if (down.Startup is { IsAnnounced: true } wait)
            log.IsThere(now - wait.Began);
        return next.IsUp ? null : next;
    }

    public void Isolate(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Epoch before, isolated;
        lock (_entrance.Lock)
        {
            before = _entrance.Epoch;
            _entrance.Become(isolated = before.Isolated(reason, backend.Clock.Now));
            backend.Limit.EndHalt(); // Nobody asks for its end any more.
            _entrance.Refuse(BackendFailureReason.Isolated);
        }

        Change(before, isolated);
        log.Isolated(reason);
    }

    public void Restore()
    {
        Epoch isolated, next;
        bool begins;
        lock (_entrance.Lock)
        {
            isolated = _entrance.Epoch;
            if (isolated.State != EpochState.Isolated || _entrance.IsStopping)
                return;
            // Without a handler there is nobody to ask yet: it begins as it would have without us.
            begins = isolated.Startup is not null && backend.Wire is not null;
            if (begins)
                isolated.Startup?.TryBegin(backend.Clock.Now); // By us, and by nobody else then.
            next = isolated.Restored(backend.Clock.Now);
            ComeUp(next);
        }

        Change(isolated, next);
        log.Restored();
        if (begins)
            _probe.Start(next);
    }

    /// <summary>The host has stopped.</summary>
    public void Stop()
    {
        _entrance.StopWaiting();
        _entrance.Epoch.End();
    }

    private bool IsCurrent(Epoch epoch) => ReferenceEquals(epoch, _entrance.Epoch);

    // What was counted before is over.
    private void ComeUp(Epoch next)
    {
        backend.Window.Clear();
        _entrance.Become(next);
    }

    private void GoDown(Epoch epoch, Outcome outcome, TimeSpan now, bool byCircuit)
    {
        Epoch down;
        lock (_entrance.Lock)
        {
            if (!IsCurrent(epoch) || _entrance.IsStopping)
                return;
            _entrance.Become(down = epoch.Down(outcome, now, byCircuit));
            backend.Limit.Reset();
        }

        Change(epoch, down);
        if (epoch.IsUp || epoch.HasArrived)
        {
            _entrance.RefuseHasty();
            log.IsDown(down.Cause, backend.Settings);
        }

        _probe.Start(down);
    }

    // Not under the lock: whoever listens is not ours.
    private void Change(Epoch before, Epoch next)
    {
        before.End();
        // A trial that fails leaves it down, for those who count outages too.
        if (next.State != EpochState.Down || before.State != EpochState.Probing || next.Since != before.Since)
            backend.Metrics.Became(next.State);
    }
}

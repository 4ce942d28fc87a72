using System.Diagnostics;

namespace Resilience.Client;

// Longer than most files because the transitions of one state machine belong together: what moves, moves under one lock.

/// <summary>
/// Whether the backend is up, and who waits for it when it is not: the state machine of <see cref="EpochState"/>. Up goes down by a refused
/// connection, an open circuit, or its own word; down is probed; probing lets calls in along the ramp until nobody waits, or
/// goes down again. A backend that the start waits for begins as down.
/// </summary>
/// <remarks>
/// <c>_lock</c> covers every change of <see cref="Epoch"/>, the ramps and the queue. The short path of a call reads <see cref="Epoch"/>
/// and counts, without it. Nothing is logged, cancelled or awaited under the lock.
/// </remarks>
internal sealed class Recovery(Backend backend, BackendLog log, bool isAwaited)
{
    private const int Several = 3;
    private const int QuickShare = 4, QuickShareOfLate = 10; // Of the time that an attempt has.
    private const int Rest = 2; // Times what a slow one took.

    private readonly Lock _lock = new();
    private readonly Queue _waiting = new(backend.Limit);
    private readonly RecoveryProbe _probe = new(backend, log);
    private volatile Epoch _epoch = new(isAwaited ? EpochState.Down : EpochState.Up, backend.Clock.Now) { Startup = isAwaited ? new() : null };
    private bool _stopped;

    public Epoch Epoch => _epoch;

    public int WaitingCalls
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    /// <summary>Whether any call waits, for its return or for a place.</summary>
    public bool IsWaitedFor => !_waiting.IsEmpty;

    /// <summary>Whether it is time to let a call in where the backend takes them.</summary>
    public bool IsWorthATrial
    {
        get
        {
            lock (_lock)
                return _waiting.IsWorthATrial(backend.Clock.Now);
        }
    }

    /// <summary>Asks for a backend that the start waits for, unless somebody does already: when the host starts, and whenever somebody wants it before that.</summary>
    public void BeginStartup()
    {
        if (_epoch is { IsStarting: true } epoch && !IsStopping && epoch.Startup.TryBegin(backend.Clock.Now))
            _probe.Start(epoch);
    }

    /// <summary>Lets a call in, refuses it, or makes it wait: then <paramref name="waiter"/> is set.</summary>
    public Admission Enter(Settings settings, bool mayArriveTwice, bool hasTried, TimeSpan ripeAt, out Waiter? waiter)
    {
        waiter = null;
        BeginStartup();
        lock (_lock)
        {
            var epoch = _epoch;
            if (epoch.IsUp && _waiting.IsEmpty && backend.Limit.TryEnter(epoch.Places))
                return new(epoch);
            if (epoch.State == EpochState.Isolated)
                return new(null, BackendFailureReason.Isolated);
            if (_stopped && !epoch.IsUp)
                return new(null, BackendFailureReason.Unavailable);
            if (epoch is { IsStarting: true, Startup.IsHopeless: true })
                return new(null, BackendFailureReason.SecureConnection);
            if (epoch.IsStarting && epoch.Trial.TryTake(backend.Clock.Now))
            {
                epoch.Places.Take();
                return new(epoch);
            }

            if (epoch.State == EpochState.Probing && _waiting.IsEmpty && epoch.Ramp.HasRoom && backend.Limit.TryEnter(epoch.Places))
            {
                epoch.Ramp.Enter();
                return new(epoch);
            }

            var isHasty = settings.WhenDown == WhenDown.FailFast;
            if (isHasty && !epoch.IsUp && epoch is not { IsStarting: true, Startup.HasHeard: false })
                return new(null, BackendFailureReason.CircuitOpen);
            if (_waiting.Count >= settings.MaxWaiting)
                return new(null, BackendFailureReason.TooManyWaiting);
            waiter = new(this, epoch, mayArriveTwice, hasTried, ripeAt, isHasty);
            _waiting.Add(waiter);
            if (!epoch.IsUp)
                return default;
            backend.Limit.Refused(epoch.Places, backend.Clock.Now);
            _waiting.LetIn(epoch, backend.Clock.Now);
            if (!MustBeWatched(epoch))
                return default;
        }

        Caretaker.Watch(backend, waiter.Epoch);
        return default;
    }

    // Calls wait for places, and nobody looks after them yet.
    private bool MustBeWatched(Epoch up) => !_waiting.IsEmpty && !up.IsWatched && (up.IsWatched = true);

    /// <summary>Asked at intervals while calls wait for places, whose holders may never come back, and when <paramref name="up"/> is over.</summary>
    /// <returns>Whether calls wait, or have waited of late.</returns>
    public bool LookAfterPlaces(Epoch up, bool lasts)
    {
        var now = backend.Clock.Now;
        var waiting = 0;
        CongestionNews news;
        bool goesOn;
        lock (_lock)
        {
            if (lasts && ReferenceEquals(up, _epoch))
            {
                waiting = _waiting.Count;
                if (waiting > 0)
                {
                    backend.Limit.Refused(up.Places, now);
                    _waiting.LetIn(up, now);
                }

                news = up.Congestion.Look(waiting > 0, now);
            }
            else
            {
                news = up.Congestion.End();
            }

            up.IsWatched = goesOn = lasts && up.Congestion.IsThere;
        }

        if (news == CongestionNews.Begins)
            log.IsOverloaded(backend.Limit.Cause, waiting);
        else if (news == CongestionNews.IsOver)
            log.IsOverloadedNoLonger(up.Congestion.Until - up.Congestion.Since);
        return goesOn;
    }

    /// <summary>An attempt has given its place back, which somebody may wait for. On the ramp, what came of it decides who is next.</summary>
    public void FillPlaces()
    {
        if (_waiting.IsEmpty || !_epoch.IsUp)
            return;
        lock (_lock)
        {
            if (_epoch is { IsUp: true } now)
                _waiting.LetIn(now, backend.Clock.Now);
        }
    }

    /// <summary>The deadline or the caller ends a wait; one that was let in meanwhile stays so.</summary>
    public void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (!_waiting.Remove(waiter))
                return;
        }

        waiter.TrySetResult(new(null, _epoch.IsUp ? BackendFailureReason.Overloaded : BackendFailureReason.Unavailable));
    }

    /// <summary>A call that the ramp let in was answered.</summary>
    public void Succeeded(Epoch epoch, TimeSpan began, TimeSpan now)
    {
        if (epoch.IsStarting) // The one that tried.
            FoundAlive(epoch, ready: true, default);
        if (epoch.State != EpochState.Probing)
            return;
        Epoch next;
        bool isWatched;
        var took = now - began;
        lock (_lock)
        {
            var isAlone = epoch.Ramp.IsAlone;
            var isQuick = epoch.Ramp.Succeed(took, backend.Settings.AttemptTimeout / (epoch.IsLate ? QuickShareOfLate : QuickShare));
            if (!ReferenceEquals(epoch, _epoch))
                return;
            if (isAlone && epoch.MayBeCold)
                backend.Limit.Returned(took);
            if (epoch.IsLate && !isQuick && !epoch.Ramp.TryNarrow() && !epoch.Ramp.IsResting)
            {
                epoch.Ramp.IsResting = true;
                Caretaker.GoOn(backend, epoch, Rest * took);
            }

            _waiting.LetIn(epoch, backend.Clock.Now);
            // From here on it is the places that those who wait for wait for, if any.
            if (!_waiting.IsEmpty && epoch.Ramp.Width < backend.Limit.Limit)
                return;
            backend.Window.Clear();
            next = new(EpochState.Up, epoch.HasArrived ? epoch.Since : now) { Places = epoch.Places };
            _epoch = next;
            _waiting.LetIn(next, backend.Clock.Now);
            isWatched = MustBeWatched(next);
        }

        Change(epoch, next);
        if (!epoch.HasArrived)
            log.IsBack(now - epoch.Since);
        if (isWatched)
            Caretaker.Watch(backend, next);
    }

    public void Failed(Epoch epoch, Outcome outcome, TimeSpan now)
    {
        if (epoch.IsUp)
        {
            if (!ReferenceEquals(epoch, _epoch))
                return;
            var open = backend.Window.Fail(now, backend.Settings, outcome.IsLate && !backend.HasSucceededSince(now - backend.Settings.AttemptTimeout / 2));
            if (outcome.MeansDown || open)
                GoDown(epoch, outcome, now, byCircuit: !outcome.MeansDown);
            return;
        }

        if (epoch.IsStarting)
            return; // Of the one that tried: it waits again.

        bool failed;
        lock (_lock)
        {
            failed = (epoch.Ramp.Fail(outcome.IsLate) || outcome.MeansDown) && ReferenceEquals(epoch, _epoch);
            if (!failed && ReferenceEquals(epoch, _epoch))
                _waiting.LetIn(epoch, backend.Clock.Now);
        }

        if (failed)
            GoDown(epoch, outcome, now, epoch.HasArrived ? !outcome.MeansDown : epoch.ByCircuit);
    }

    /// <summary>An attempt or an admission that tells nothing.</summary>
    public void Abandoned(Epoch epoch)
    {
        if (epoch.State != EpochState.Probing)
            return;
        lock (_lock)
        {
            epoch.Ramp.Abandon();
            if (ReferenceEquals(epoch, _epoch))
                _waiting.LetIn(epoch, backend.Clock.Now);
        }
    }

    /// <summary>When the next probe is due, about.</summary>
    public TimeSpan? NextProbeIn => _epoch is { State: EpochState.Down } down
        ? ProbeSchedule.Interval(backend.Clock.Now - (down.Startup?.Began ?? down.Since), 0.5)
        : null;

    /// <summary>
    /// Asked when a call would give up: what it alone cannot know, others may have seen, or the backend says itself. So a lone caller of a
    /// backend that restarts behind a proxy, which answers 502 meanwhile, waits for its return as well.
    /// </summary>
    /// <returns>Whether the backend is down.</returns>
    public async ValueTask<bool> IsDownAfterAllAsync(Outcome outcome, TimeSpan began, TimeSpan left, CancellationToken caller)
    {
        var epoch = _epoch;
        // Where others have succeeded meanwhile, and have not just begun to fail as well, it is this call's own trouble.
        if (epoch.IsUp && outcome.IsFailure && (!backend.HasSucceededSince(began) || backend.Window.FailuresInARow >= Several)
            && (backend.Window.MustOpenBeforeGivingUp(backend.Settings) || await _probe.SaysDownAsync(epoch, outcome, left, caller).ConfigureAwait(false)))
        {
            GoDown(epoch, outcome, backend.Clock.Now, byCircuit: true);
        }

        return _epoch.State == EpochState.Down;
    }

    /// <summary>A recovery probe found a sign of life.</summary>
    /// <param name="down">What the probe was for.</param>
    /// <param name="ready">It is more than that: the backend says that it is ready.</param>
    /// <param name="probe">The probe's trace, if it has one.</param>
    /// <returns>The epoch in which calls are let in, if there is one now.</returns>
    public Epoch? FoundAlive(Epoch down, bool ready, ActivityContext probe)
    {
        bool back, isWatched;
        Epoch next;
        lock (_lock)
        {
            if (!ReferenceEquals(down, _epoch))
                return null;
            // Nobody waits who could prove it: its word is enough then, and for a refusal any answer.
            back = _waiting.IsHastyOnly && (ready || !down.ByCircuit);
            if (back)
                backend.Window.Clear();
            backend.Limit.Begin(down.Places, backend.Clock.Now);
            next = back ? new(EpochState.Up, backend.Clock.Now) { FoundBy = probe, Places = down.Places }
                : down.IsStarting ? new(EpochState.Probing, backend.Clock.Now, "calls that waited for its start go first") { Startup = down.Startup, FoundBy = probe, Places = down.Places, Ramp = new(backend.Limit.Usual) }
                : new(EpochState.Probing, down.Since, down.Cause, down.ByCircuit) { Code = down.Code, FoundBy = probe, IsWordDoubted = down.IsWordDoubted, IsLate = down.IsLate, IsGone = down.IsGone, Places = down.Places, Ramp = new(backend.Limit.Usual, down.MayBeCold) };
            _epoch = next;
            // Those in haste as had they come a moment later: a ramp would fail others of their kind that come meanwhile.
            _waiting.LetIn(next, backend.Clock.Now);
            isWatched = back && MustBeWatched(next);
        }

        Change(down, next);
        if (!down.IsStarting && back)
            log.IsBack(backend.Clock.Now - down.Since);
        else if (down.Startup is { IsAnnounced: true } wait)
            log.IsThere(backend.Clock.Now - wait.Began);
        if (isWatched)
            Caretaker.Watch(backend, next);
        return back ? null : next;
    }

    public void Isolate(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        var before = _epoch;
        var since = before.State == EpochState.Isolated ? before.Since : backend.Clock.Now;
        Refuse(epoch => new(EpochState.Isolated, since, reason) { Code = "isolated", Startup = epoch.HasArrived ? null : epoch.Startup, Places = epoch.Places }, BackendFailureReason.Isolated);
        log.Isolated(reason);
    }

    public void Restore()
    {
        Epoch isolated, next;
        bool begins;
        lock (_lock)
        {
            isolated = _epoch;
            if (isolated.State != EpochState.Isolated || _stopped)
                return;
            backend.Window.Clear();
            // Without a handler there is nobody to ask yet: it begins as it would have without us.
            begins = isolated.Startup is not null && backend.Wire is not null;
            if (begins)
                isolated.Startup?.TryBegin(backend.Clock.Now); // By us, and by nobody else then.
            next = new(isolated.Startup is null ? EpochState.Up : EpochState.Down, backend.Clock.Now) { Startup = isolated.Startup, Places = isolated.Places };
            _epoch = next;
        }

        Change(isolated, next);
        log.Restored();
        if (begins)
            _probe.Start(next);
    }

    /// <summary>The host is about to stop, and must not be held up: nobody waits any longer for its return. Calls go on while the backend is up.</summary>
    public void StopWaiting()
    {
        lock (_lock)
        {
            _stopped = true;
            if (_epoch.IsUp)
                return; // Who waits for a place gets one.
        }

        Refuse(null, BackendFailureReason.Unavailable);
    }

    /// <summary>The start waits for it in vain, and nobody else shall.</summary>
    public void RefuseWaiting(BackendFailureReason reason) => Refuse(null, reason);

    /// <summary>It is known to be down now: those who fail fast then need not wait.</summary>
    public void RefuseHasty()
    {
        List<Waiter> hasty;
        lock (_lock)
            hasty = _waiting.TakeHasty();
        foreach (var waiter in hasty)
            waiter.TrySetResult(new(null, BackendFailureReason.CircuitOpen));
    }

    /// <summary>
    /// Lets one of those who wait for a start try from time to time, against what the health path says, or the next that comes. It decides
    /// nothing but that the backend is there.
    /// </summary>
    /// <param name="start">What the probe is for.</param>
    /// <param name="isTaken">Whether there is somebody who takes connections.</param>
    public void LetOneTry(Epoch start, bool isTaken)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(start, _epoch) || start.Startup is not { } wait)
                return;
            var now = backend.Clock.Now;
            var began = start.Since > wait.Began ? start.Since : wait.Began;
            start.Trial.Offer(isTaken && now - (start.Trial.Last ?? began) >= ProbeSchedule.Belief(now - wait.Began));
            if (_waiting.Count > 0 && start.Trial.TryTake(now))
                _waiting.LetBestIn(start, now);
        }
    }

    /// <summary>The host has stopped.</summary>
    public void Stop()
    {
        StopWaiting();
        _epoch.End();
    }

    public bool IsStopping => Volatile.Read(ref _stopped);

    /// <summary>Time passes without news from those let in: one that takes long must not hold up the others.</summary>
    public void Widen(Epoch epoch)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(epoch, _epoch) || epoch.State != EpochState.Probing)
                return;
            var now = backend.Clock.Now;
            // Where attempts were not answered in time, one that keeps silent is a reason to let in another only within the budget.
            if (!epoch.Ramp.IsSilent() || epoch.IsLate && (_waiting.IsEmpty || !epoch.Ramp.IsFull || !backend.Budget.TryTakeShare(now, backend.Settings)))
                return;
            epoch.Ramp.Widen();
            _waiting.LetIn(epoch, now);
        }
    }

    /// <summary>A ramp has rested.</summary>
    public void GoOn(Epoch epoch)
    {
        lock (_lock)
        {
            epoch.Ramp.IsResting = false;
            if (ReferenceEquals(epoch, _epoch))
                _waiting.LetIn(epoch, backend.Clock.Now);
        }
    }

    private void GoDown(Epoch epoch, Outcome outcome, TimeSpan now, bool byCircuit)
    {
        Epoch down;
        lock (_lock)
        {
            if (!ReferenceEquals(epoch, _epoch) || _stopped)
                return;
            // A ramp that had a success met a backend that lives: what follows is another outage, to be probed as often as a young one.
            var since = epoch.IsUp || epoch.Ramp.Succeeded > 0 ? now : epoch.Since;
            down = new(EpochState.Down, since, outcome.Describe(), byCircuit) { Code = outcome.Code, IsWordDoubted = epoch.State == EpochState.Probing && outcome.IsLate, IsLate = outcome.IsLate, IsGone = outcome.Kind == FailureKind.Refused };
            _epoch = down;
            backend.Limit.Reset();
        }

        Change(epoch, down);
        if (epoch.IsUp || epoch.HasArrived)
            RefuseHasty();
        if (epoch.IsUp || epoch.HasArrived)
            log.IsDown(down.Cause, backend.Settings);
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

    private void Refuse(Func<Epoch, Epoch>? next, BackendFailureReason reason)
    {
        Epoch before, after;
        List<Waiter> waiting;
        lock (_lock)
        {
            before = _epoch;
            _epoch = after = next?.Invoke(before) ?? before;
            waiting = _waiting.TakeAll();
        }

        if (next is not null)
            Change(before, after);
        foreach (var waiter in waiting)
            waiter.TrySetResult(new(null, reason));
    }
}

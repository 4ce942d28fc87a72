namespace Resilience.Client;

// Longer than most files because one lock covers all that lets a call in, makes it wait, and sends it away.

/// <summary>
/// Where calls come in: at once, along the ramp, or after a wait for the backend's return or for a place; or not at all. Which of them, the current
/// epoch says, which <see cref="Recovery"/> changes.
/// </summary>
/// <remarks>
/// <see cref="Lock"/> covers every change of <see cref="Epoch"/>, the ramps and the queue. The short path of a call reads <see cref="Epoch"/>
/// and counts, without it. Nothing is logged, cancelled or awaited under the lock.
/// </remarks>
internal sealed class Entrance(Backend backend, BackendLog log, Epoch first)
{
    private readonly Queue _waiting = new(backend.Limit);
    private volatile Epoch _epoch = first;
    private bool _isStopping;

    public Lock Lock { get; } = new();

    public Epoch Epoch => _epoch;

    /// <summary>Whether the host is about to stop.</summary>
    public bool IsStopping => Volatile.Read(ref _isStopping);

    /// <summary>For its return, or for a place.</summary>
    public int WaitingCalls => _waiting.Count;

    public bool IsWaitedFor => !_waiting.IsEmpty;

    /// <summary>Whether nobody waits who could prove that the backend is back. Under the lock.</summary>
    public bool IsWaitedForInHasteOnly => _waiting.IsHastyOnly;

    /// <summary>Whether it is time to let a call in where the backend takes them.</summary>
    public bool IsWorthATrial
    {
        get
        {
            lock (Lock)
                return _waiting.IsWorthATrial(backend.Clock.Now);
        }
    }

    /// <summary>Lets a call in where there is a place and no word to wait for: the short way.</summary>
    public bool TryEnter(Epoch up, TimeSpan now)
    {
        if (backend.Limit.TryNoticeSilence(up.Places, now))
            HaltCheck.Begin(backend, up);
        return backend.Limit.TryEnter(up.Places);
    }

    /// <summary>Lets a call in, refuses it, or makes it wait: then <paramref name="waiter"/> is set.</summary>
    public Admission Enter(Settings settings, bool mayArriveTwice, bool hasTried, TimeSpan ripeAt, out Waiter? waiter)
    {
        waiter = null;
        lock (Lock)
        {
            var epoch = _epoch;
            if (epoch.IsUp && _waiting.IsEmpty && TryEnter(epoch, backend.Clock.Now))
                return new(epoch);
            if (epoch.State == EpochState.Isolated)
                return new(null, BackendFailureReason.Isolated);
            if (_isStopping && !epoch.IsUp)
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
            if (epoch.IsUp)
            {
                FillPlaces(epoch);
                BeWatched(epoch);
            }

            return default;
        }
    }

    /// <summary>An attempt has given its place back, which somebody may wait for. On the ramp, what came of it decides who is next.</summary>
    public void FillPlaces()
    {
        if (IsWaitedFor && _epoch is { IsUp: true } up)
            LetIn(up);
    }

    /// <summary>Lets in who waits and may, unless <paramref name="epoch"/> is over.</summary>
    public void LetIn(Epoch epoch)
    {
        lock (Lock)
        {
            if (ReferenceEquals(epoch, _epoch))
                _waiting.LetIn(epoch, backend.Clock.Now);
        }
    }

    /// <summary>The backend is silent, and its health path, too: it is sent no more than it has been.</summary>
    /// <returns>False if it is not that silent, or <paramref name="up"/> is over.</returns>
    public bool HoldHalted(Epoch up)
    {
        lock (Lock)
            return ReferenceEquals(up, _epoch) && backend.Limit.HoldHalted(up.Places, backend.Clock.Now);
    }

    /// <summary>The next epoch begins, and those who may go on do. Under the lock, and to be followed by the end of the one before, without it.</summary>
    public void Become(Epoch next)
    {
        _epoch = next;
        if (next.IsDown)
            return;
        _waiting.LetIn(next, backend.Clock.Now);
        if (next.IsUp)
            BeWatched(next);
    }

    /// <summary>Asked at intervals while calls wait for places, whose holders may never come back, and when <paramref name="up"/> is over.</summary>
    /// <returns>Whether calls wait, or have waited of late.</returns>
    public bool LookAfterPlaces(Epoch up, bool lasts)
    {
        var now = backend.Clock.Now;
        var waiting = 0;
        CongestionNews news;
        bool goesOn;
        lock (Lock)
        {
            if (lasts && ReferenceEquals(up, _epoch))
            {
                waiting = _waiting.Count;
                if (waiting > 0)
                    FillPlaces(up);
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

    /// <summary>
    /// Lets one of those who wait for a start try from time to time, against what the health path says, or the next that comes. It decides
    /// nothing but that the backend is there.
    /// </summary>
    /// <param name="start">What the probe is for.</param>
    /// <param name="isTaken">Whether there is somebody who takes connections.</param>
    public void LetOneTry(Epoch start, bool isTaken)
    {
        lock (Lock)
        {
            if (!ReferenceEquals(start, _epoch) || start.Startup is not { } wait)
                return;
            var now = backend.Clock.Now;
            var began = start.Since > wait.Began ? start.Since : wait.Began;
            start.Trial.Offer(isTaken && now - (start.Trial.Last ?? began) >= ProbeSchedule.Belief(now - wait.Began));
            if (IsWaitedFor && start.Trial.TryTake(now))
                _waiting.LetBestIn(start, now);
        }
    }

    /// <summary>The deadline or the caller ends a wait; one that was let in meanwhile stays so.</summary>
    public void Leave(Waiter waiter)
    {
        lock (Lock)
        {
            if (!_waiting.Remove(waiter))
                return;
        }

        waiter.TrySetResult(new(null, _epoch.IsUp ? BackendFailureReason.Overloaded : BackendFailureReason.Unavailable));
    }

    /// <summary>All who wait do so in vain.</summary>
    public void Refuse(BackendFailureReason reason) => Refuse(static waiting => waiting.TakeAll(), reason);

    /// <summary>It is known to be down now: those who fail fast then need not wait.</summary>
    public void RefuseHasty() => Refuse(static waiting => waiting.TakeHasty(), BackendFailureReason.CircuitOpen);

    /// <summary>The host is about to stop, and must not be held up: nobody waits any longer for its return. Calls go on while the backend is up.</summary>
    public void StopWaiting()
    {
        lock (Lock)
        {
            _isStopping = true;
            if (_epoch.IsUp)
                return; // Who waits for a place gets one.
        }

        Refuse(BackendFailureReason.Unavailable);
    }

    private void Refuse(Func<Queue, List<Waiter>> take, BackendFailureReason reason)
    {
        List<Waiter> refused;
        lock (Lock)
            refused = take(_waiting);
        foreach (var waiter in refused)
            waiter.TrySetResult(new(null, reason));
    }

    // Somebody waits for a place: the limit hears of it, which may make one.
    private void FillPlaces(Epoch up)
    {
        backend.Limit.Refused(up.Places, backend.Clock.Now);
        _waiting.LetIn(up, backend.Clock.Now);
    }

    // Somebody may wait for a place still.
    private void BeWatched(Epoch up)
    {
        if (_waiting.IsEmpty || up.IsWatched)
            return;
        up.IsWatched = true;
        Caretaker.Watch(backend, up);
    }
}

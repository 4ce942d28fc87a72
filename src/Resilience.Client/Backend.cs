namespace Resilience.Client;

// Longer than most files because the transitions of the state machine belong together: what moves, moves under one lock.

/// <summary>
/// All that calls to one backend share: its state, who waits for it, its circuit and budget. Lives as long as the host,
/// whatever becomes of handlers and options.
/// </summary>
/// <remarks>
/// <c>_lock</c> covers every change of <see cref="Epoch"/>, the ramps and the queue. The short path of a call reads
/// <see cref="Epoch"/> and counts, without it. Nothing is logged, cancelled or awaited under the lock.
/// </remarks>
internal sealed class Backend : IBackend, IDisposable
{
    private readonly Lock _lock = new();
    private readonly LinkedList<Waiter> _waiting = new();
    private readonly RecoveryProbe _probe;
    private readonly BackendLog _log;
    private readonly Uri _registered;
    private volatile Epoch _epoch;
    private volatile Settings _settings;
    private volatile Endpoint _endpoint;
    private TimeSpan _clientTimeout = TimeSpan.MaxValue;
    private long _lastSuccess = -1;
    private bool _stopped;

    public Backend(string name, BackendOptions options, Clock clock, InFlight inFlight, Func<double> random, ILogger logger)
    {
        Name = name;
        Clock = clock;
        InFlight = inFlight;
        Random = random;
        _log = new(name, logger);
        _settings = Settings.From(options);
        _registered = Endpoint.Base(_settings.Address);
        _endpoint = new(_registered, _registered);
        _epoch = new(EpochState.Up, clock.Now, "");
        _probe = new(this, _log);
        ConnectTimeout = options.ConnectTimeout;
        Window = new(options.Circuit.Window);
        Budget = new(options.Budget.Window);
    }

    public string Name { get; }
    public Clock Clock { get; }
    public InFlight InFlight { get; }
    public Func<double> Random { get; }
    public CircuitWindow Window { get; }
    public RetryBudget Budget { get; }
    public Epoch Epoch => _epoch;
    public Settings Settings => _settings;
    public Endpoint Endpoint => _endpoint;

    /// <summary>How to reach the wire for a probe: below our handler, so through the same pool, certificates and proxies as calls.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? Wire { get; set; }

    public TimeSpan? NextProbeIn => _epoch.State == EpochState.Down ? ProbeSchedule.Interval(Clock.Now - _epoch.Since, 0.5) : null;

    /// <summary>What clients were told at the start, and build their URIs with.</summary>
    public Uri RegisteredAddress => _registered;
    public TimeSpan ConnectTimeout { get; }

    /// <summary>New options; state, circuit and budget stay. Says whether anything is different.</summary>
    public bool Reload(BackendOptions options)
    {
        lock (_lock)
        {
            var settings = Limited(Settings.From(options));
            if (settings.Equals(_settings))
                return false;
            _settings = settings;
            _endpoint = new(_registered, Endpoint.Base(settings.Address));
            return true;
        }
    }

    public void LimitTimeout(TimeSpan timeout)
    {
        if (timeout >= _clientTimeout)
            return;
        lock (_lock)
        {
            _clientTimeout = timeout;
            _settings = Limited(_settings);
        }
    }

    private Settings Limited(Settings settings) =>
        settings.Timeout > _clientTimeout ? settings with { Timeout = _clientTimeout } : settings;

    /// <summary>Lets a call in, refuses it, or makes it wait: then <paramref name="waiter"/> is set.</summary>
    public Admission Enter(Settings settings, bool mayArriveTwice, out Waiter? waiter)
    {
        waiter = null;
        lock (_lock)
        {
            var epoch = _epoch;
            if (epoch.IsUp)
                return new(epoch);
            if (epoch.State == EpochState.Isolated)
                return new(null, BackendFailureReason.Isolated);
            if (_stopped)
                return new(null, BackendFailureReason.Unavailable);
            if (epoch.State == EpochState.Probing && _waiting.Count == 0 && epoch.Ramp.HasRoom)
            {
                epoch.Ramp.Enter();
                return new(epoch);
            }

            if (settings.WhenDown == WhenDown.FailFast)
                return new(null, epoch.ByCircuit ? BackendFailureReason.CircuitOpen : BackendFailureReason.Unavailable);
            if (_waiting.Count >= settings.MaxWaiting)
                return new(null, BackendFailureReason.TooManyWaiting);
            waiter = new(this, mayArriveTwice);
            waiter.Place = _waiting.AddLast(waiter);
            return default;
        }
    }

    /// <summary>The deadline or the caller ends a wait; one that was let in meanwhile stays so.</summary>
    public void Leave(Waiter waiter)
    {
        lock (_lock)
        {
            if (waiter.Place is not { } place)
                return;
            _waiting.Remove(place);
            waiter.Place = null;
        }

        waiter.TrySetResult(new(null, BackendFailureReason.Unavailable));
    }

    public void Succeeded(Epoch epoch, TimeSpan now)
    {
        Volatile.Write(ref _lastSuccess, now.Ticks);
        if (epoch.IsUp)
        {
            if (ReferenceEquals(epoch, _epoch))
                Window.Succeed(now);
            return;
        }

        var back = false;
        lock (_lock)
        {
            epoch.Ramp.Succeed();
            if (!ReferenceEquals(epoch, _epoch))
                return;
            LetIn(epoch);
            back = _waiting.Count == 0;
            if (back)
            {
                Window.Clear();
                _epoch = new(EpochState.Up, now, "");
            }
        }

        if (back)
        {
            epoch.End();
            _log.IsBack(now - epoch.Since);
        }
    }

    public void Failed(Epoch epoch, Outcome outcome, TimeSpan now)
    {
        if (epoch.IsUp)
        {
            if (!ReferenceEquals(epoch, _epoch))
                return;
            var open = Window.Fail(now, Settings);
            if (outcome.MeansDown || open)
                GoDown(epoch, outcome, now, byCircuit: !outcome.MeansDown);
            return;
        }

        bool failed;
        lock (_lock)
        {
            failed = (epoch.Ramp.Fail() || outcome.MeansDown) && ReferenceEquals(epoch, _epoch);
            if (!failed && ReferenceEquals(epoch, _epoch))
                LetIn(epoch);
        }

        if (failed)
            GoDown(epoch, outcome, now, epoch.ByCircuit);
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
                LetIn(epoch);
        }
    }

    /// <returns>Whether the backend is down: also when it went down a moment ago.</returns>
    public bool OpenBeforeGivingUp(Epoch epoch, Outcome outcome, TimeSpan now)
    {
        if (epoch.IsUp && outcome.IsFailure && Window.MustOpenBeforeGivingUp(now, Settings))
            GoDown(epoch, outcome, now, byCircuit: true);
        return _epoch.State == EpochState.Down;
    }

    /// <summary>A recovery probe found a sign of life.</summary>
    public void FoundAlive(Epoch down)
    {
        lock (_lock)
        {
            if (!ReferenceEquals(down, _epoch))
                return;
            _epoch = new(EpochState.Probing, down.Since, down.Cause, down.ByCircuit);
            LetIn(_epoch);
        }

        down.End();
    }

    public void Isolate(string reason)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(reason);
        Refuse(new(EpochState.Isolated, Clock.Now, reason), BackendFailureReason.Isolated);
        _log.Isolated(reason);
    }

    public void Restore()
    {
        Epoch isolated;
        lock (_lock)
        {
            isolated = _epoch;
            if (isolated.State != EpochState.Isolated)
                return;
            Window.Clear();
            _epoch = new(EpochState.Up, Clock.Now, "");
        }

        isolated.End();
        _log.Restored();
    }

    /// <summary>The host stops: nobody waits any longer.</summary>
    public void Dispose()
    {
        lock (_lock)
            _stopped = true;
        Refuse(new(EpochState.Down, _epoch.Since, "the host stops"), BackendFailureReason.Unavailable);
    }

    Uri IBackend.Address => _endpoint.Address;

    BackendState IBackend.State => _epoch.State switch
    {
        EpochState.Up => BackendState.Up,
        EpochState.Isolated => BackendState.Isolated,
        _ => BackendState.Down,
    };

    CircuitState IBackend.Circuit => _epoch.State switch
    {
        EpochState.Up => CircuitState.Closed,
        EpochState.Probing => CircuitState.Probing,
        _ => CircuitState.Open,
    };

    DateTimeOffset IBackend.Since => Date(_epoch.Since);

    string? IBackend.Cause => _epoch.Cause is { Length: > 0 } cause ? cause : null;

    double IBackend.ErrorRate => Window.ErrorRate(Clock.Now);

    DateTimeOffset? IBackend.LastSuccess => Volatile.Read(ref _lastSuccess) is >= 0 and var ticks ? Date(TimeSpan.FromTicks(ticks)) : null;

    int IBackend.BudgetLeft => (int)Budget.Left(Clock.Now, Settings);

    int IBackend.WaitingCalls
    {
        get
        {
            lock (_lock)
                return _waiting.Count;
        }
    }

    private DateTimeOffset Date(TimeSpan at) => Clock.Time.GetUtcNow() - (Clock.Now - at);

    private void GoDown(Epoch epoch, Outcome outcome, TimeSpan now, bool byCircuit)
    {
        Epoch down;
        lock (_lock)
        {
            if (!ReferenceEquals(epoch, _epoch) || _stopped)
                return;
            down = new(EpochState.Down, epoch.IsUp ? now : epoch.Since, outcome.Describe(), byCircuit);
            _epoch = down;
        }

        epoch.End();
        if (epoch.IsUp)
            _log.IsDown(down.Cause, Settings);
        _probe.Start(down);
    }

    /// <summary>Needs the lock. The first one in should be one that may fail.</summary>
    private void LetIn(Epoch epoch)
    {
        while (_waiting.First is { } place && epoch.Ramp.HasRoom)
        {
            if (epoch.Ramp.Succeeded == 0)
            {
                for (var other = place; other is not null; other = other.Next)
                {
                    if (!other.Value.MayArriveTwice)
                        continue;
                    place = other;
                    break;
                }
            }

            _waiting.Remove(place);
            place.Value.Place = null;
            epoch.Ramp.Enter();
            place.Value.TrySetResult(new(epoch));
        }
    }

    private void Refuse(Epoch next, BackendFailureReason reason)
    {
        Epoch before;
        List<Waiter> waiting;
        lock (_lock)
        {
            before = _epoch;
            _epoch = next;
            waiting = [.. _waiting];
            _waiting.Clear();
            foreach (var waiter in waiting)
                waiter.Place = null;
        }

        before.End();
        foreach (var waiter in waiting)
            waiter.TrySetResult(new(null, reason));
    }
}

namespace Resilience.Client;

/// <summary>
/// All that calls to one backend share: where it is, its options, its recovery, circuit and budget. Lives as long as the host, whatever
/// becomes of handlers and options.
/// </summary>
internal sealed class Backend : IBackend, IDisposable
{
    private const long Never = -TimeSpan.TicksPerHour;

    private readonly Lock _changing = new(); // Over _settings, _endpoint and _clientTimeout.
    private volatile Settings _settings;
    private volatile Endpoint _endpoint;
    private TimeSpan _clientTimeout = TimeSpan.MaxValue;
    private readonly Tally _passed = new();
    private long _lastSuccess = Never;

    public Backend(
        string name, BackendOptions options, Clock clock, InFlight inFlight, Func<double> random, ClientMetrics metrics, ILogger logger, bool isAwaited = false)
    {
        Name = name;
        Clock = clock;
        InFlight = inFlight;
        Random = random;
        ConnectTimeout = options.ConnectTimeout;
        _settings = Settings.From(options);
        RegisteredAddress = Endpoint.Base(_settings.Address);
        _endpoint = new(RegisteredAddress, RegisteredAddress);
        Window = new(options.Circuit.Window, _passed);
        Budget = new(options.Budget.Window, _passed);
        Limit = new(_settings);
        Metrics = new(name, metrics, clock, options.Budget.Window);
        Log = new(name, logger);
        Entrance = new(this, Log, isAwaited ? Epoch.Awaited(clock.Now) : new(EpochState.Up, clock.Now));
        Recovery = new(this, Log);
        Metrics.Begin();
    }

    public string Name { get; }
    public Clock Clock { get; }
    public InFlight InFlight { get; }
    public Func<double> Random { get; }
    public CircuitWindow Window { get; }
    public RetryBudget Budget { get; }
    public ConcurrencyLimit Limit { get; }
    public Entrance Entrance { get; }
    public Recovery Recovery { get; }
    public BackendMetrics Metrics { get; }
    public BackendLog Log { get; }
    public Settings Settings => _settings;
    public Endpoint Endpoint => _endpoint;
    public Epoch Epoch => Entrance.Epoch;

    /// <summary>What clients were told at the start, and build their URIs with.</summary>
    public Uri RegisteredAddress { get; }
    public TimeSpan ConnectTimeout { get; }

    /// <summary>How to reach the wire for a probe: below our handler, so through the same pool, certificates and proxies as calls.</summary>
    public Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? Wire { get; set; }

    /// <summary>Whether the wire is the platform's, with a propagator of ours or none.</summary>
    public bool RenewsContext { get; set; }

    /// <summary>As the call that failed last had it: a backend that speaks HTTP/2 only is probed with HTTP/2.</summary>
    public WireProtocol Protocol { get; set; } = new(System.Net.HttpVersion.Version11, HttpVersionPolicy.RequestVersionOrLower);

    /// <summary>New options; state, circuit and budget stay. Says what is different.</summary>
    public string Reload(BackendOptions options)
    {
        var changes = Change(options);
        if (changes.Length > 0)
        {
            Limit.Apply(_settings);
            Entrance.FillPlaces();
        }

        return changes;
    }

    /// <summary>A shorter timeout set on the HttpClient wins, now and after reloads.</summary>
    public void LimitTimeout(TimeSpan timeout)
    {
        if (timeout >= _clientTimeout)
            return;
        lock (_changing)
        {
            _clientTimeout = timeout;
            _settings = Limited(_settings);
        }
    }

    public bool HasSucceededSince(TimeSpan moment) => Volatile.Read(ref _lastSuccess) > moment.Ticks;

    /// <summary>A call has succeeded with its first attempt, while the backend was up: the same as <see cref="Succeeded"/>, and a call for the budget.</summary>
    public void Passed(Epoch up, TimeSpan now)
    {
        Saw(now);
        if (!ReferenceEquals(up, Epoch))
        {
            Budget.CountCall(now);
            return;
        }

        Budget.Pass(now);
        Window.Pass(now);
        _passed.Add();
    }

    public void Succeeded(Epoch epoch, TimeSpan began, TimeSpan now)
    {
        Saw(now);
        if (!epoch.IsUp)
            Recovery.Succeeded(epoch, began, now);
        else if (ReferenceEquals(epoch, Epoch))
            Window.Succeed(now);
    }

    // To the millisecond: written with every success, it would go from processor to processor, and all that lies beside it too.
    private void Saw(TimeSpan success)
    {
        if (success.Ticks - Volatile.Read(ref _lastSuccess) >= TimeSpan.TicksPerMillisecond)
            Volatile.Write(ref _lastSuccess, success.Ticks);
    }

    public void Dispose() => Recovery.Stop();

    string IBackend.Name => Name;

    Uri IBackend.Address => _endpoint.Address;

    BackendState IBackend.State => Epoch switch
    {
        { IsUp: true } or { HasArrived: true } => BackendState.Up,
        { State: EpochState.Isolated } => BackendState.Isolated,
        _ => BackendState.Down,
    };

    CircuitState IBackend.Circuit => Epoch switch
    {
        { IsUp: true } or { IsStarting: true } => CircuitState.Closed, // Nothing has opened it yet.
        { State: EpochState.Probing } => CircuitState.Probing,
        _ => CircuitState.Open,
    };

    DateTimeOffset IBackend.Since => Clock.Date(Epoch.Since);

    string? IBackend.Cause => Epoch is { HasArrived: false, Cause: { Length: > 0 } cause } ? cause : null;

    double IBackend.ErrorRate => Window.ErrorRate(Clock.Now);

    DateTimeOffset? IBackend.LastSuccess => Volatile.Read(ref _lastSuccess) is >= 0 and var ticks ? Clock.Date(TimeSpan.FromTicks(ticks)) : null;

    int IBackend.BudgetLeft => (int)Budget.Left(Clock.Now, Settings);

    int IBackend.WaitingCalls => Entrance.WaitingCalls;

    int IBackend.InFlight => Epoch.Places.Taken;

    int? IBackend.ConcurrencyLimit => Limit.Limit is < int.MaxValue and var limit ? limit : null;

    void IBackend.Isolate(string reason) => Recovery.Isolate(reason);

    void IBackend.Restore() => Recovery.Restore();

    private string Change(BackendOptions options)
    {
        lock (_changing)
        {
            var settings = Limited(Settings.From(options));
            if (settings.Equals(_settings))
                return "";
            var changes = string.Join(", ", _settings.ChangesTo(settings));
            _settings = settings;
            if (_endpoint.Address != Endpoint.Base(settings.Address))
                _endpoint = new(RegisteredAddress, Endpoint.Base(settings.Address));
            return changes;
        }
    }

    private Settings Limited(Settings settings) =>
        settings.Timeout > _clientTimeout ? settings with { Timeout = _clientTimeout } : settings;
}

internal sealed record WireProtocol(Version Version, HttpVersionPolicy Policy);

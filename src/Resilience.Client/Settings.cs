using System.Globalization;

namespace Resilience.Client;

/// <summary>The options of one backend as the engine uses them: copied once, never changed. A call with options of its own has a copy.</summary>
internal sealed record Settings
{
    public required Uri Address { get; init; }
    public TimeSpan Timeout { get; init; }
    public TimeSpan AttemptTimeout { get; init; }
    public int MaxReplayBody { get; init; }
    public int MaxResponseBody { get; init; }
    public int MaxRetries { get; init; }
    public TimeSpan BaseDelay { get; init; }
    public TimeSpan MaxDelay { get; init; }
    public Jitter Jitter { get; init; }
    public required StatusSet StatusCodes { get; init; }
    public UnsafeMethods UnsafeMethods { get; init; }
    public double BudgetRatio { get; init; }
    public int BudgetFloor { get; init; }
    public double FailureRatio { get; init; }
    public int MinSamples { get; init; }
    public int MinFailures { get; init; }
    public WhenDown WhenDown { get; init; }
    public int MaxWaiting { get; init; }
    public string ProbePath { get; init; } = "";
    public ConcurrencyMode Concurrency { get; init; }
    public int MinConcurrency { get; init; }
    public int MaxConcurrency { get; init; }

    // Used once, when the backend is made; here for the log of a reload.
    public TimeSpan ConnectTimeout { get; init; }
    public TimeSpan BudgetWindow { get; init; }
    public TimeSpan CircuitWindow { get; init; }

    // Of a single call only.
    public bool? SafeToSendAgain { get; init; }
    public bool ReadBody { get; init; }

    public static Settings From(BackendOptions options) => new()
    {
        Address = options.Address ?? throw new InvalidOperationException("Address is required; validation has let none pass."),
        Timeout = options.Timeout,
        AttemptTimeout = options.AttemptTimeout,
        MaxReplayBody = options.MaxReplayBody,
        MaxResponseBody = options.MaxResponseBody,
        MaxRetries = options.Retry.MaxRetries,
        BaseDelay = options.Retry.BaseDelay,
        MaxDelay = options.Retry.MaxDelay,
        Jitter = options.Retry.Jitter,
        StatusCodes = Transient(options.Retry),
        UnsafeMethods = options.Retry.UnsafeMethods,
        BudgetRatio = options.Budget.Ratio,
        BudgetFloor = options.Budget.Floor,
        FailureRatio = options.Circuit.FailureRatio,
        MinSamples = options.Circuit.MinSamples,
        MinFailures = options.Circuit.MinFailures,
        WhenDown = options.Recovery.WhenDown,
        MaxWaiting = options.Recovery.MaxWaiting,
        ProbePath = options.Recovery.ProbePath,
        Concurrency = options.Concurrency.Mode,
        MinConcurrency = options.Concurrency.Min,
        MaxConcurrency = options.Concurrency.Mode == ConcurrencyMode.None ? int.MaxValue : options.Concurrency.Max,
        ConnectTimeout = options.ConnectTimeout,
        BudgetWindow = options.Budget.Window,
        CircuitWindow = options.Circuit.Window,
    };

    /// <summary>What differs, for the log of a reload: key, old value, new value.</summary>
    public IEnumerable<string> ChangesTo(Settings next) =>
        from pair in Shown().Zip(next.Shown())
        where !Equals(pair.First.Value, pair.Second.Value)
        select string.Create(CultureInfo.InvariantCulture, $"{pair.First.Key} {pair.First.Value} -> {pair.Second.Value}");

    private IEnumerable<(string Key, object Value)> Shown() =>
    [
        ("Address", Address.GetLeftPart(UriPartial.Authority)), ("Timeout", Timeout), ("AttemptTimeout", AttemptTimeout),
        ("MaxReplayBody", MaxReplayBody), ("MaxResponseBody", MaxResponseBody),
        ("Retry:MaxRetries", MaxRetries), ("Retry:BaseDelay", BaseDelay), ("Retry:MaxDelay", MaxDelay), ("Retry:Jitter", Jitter),
        ("Retry:StatusCodes", StatusCodes), ("Retry:UnsafeMethods", UnsafeMethods),
        ("Budget:Ratio", BudgetRatio), ("Budget:Floor", BudgetFloor),
        ("Circuit:FailureRatio", FailureRatio), ("Circuit:MinSamples", MinSamples), ("Circuit:MinFailures", MinFailures),
        ("Recovery:WhenDown", WhenDown), ("Recovery:MaxWaiting", MaxWaiting), ("Recovery:ProbePath", ProbePath),
        ("Concurrency:Mode", Concurrency), ("Concurrency:Min", MinConcurrency), ("Concurrency:Max", MaxConcurrency),
        ("ConnectTimeout, after a restart:", ConnectTimeout), ("Budget:Window, after a restart:", BudgetWindow),
        ("Circuit:Window, after a restart:", CircuitWindow),
    ];

    private static StatusSet Transient(RetryOptions retry) => new(retry.AllServerErrors
        ? retry.StatusCodes.Union(Enumerable.Range(500, 100).Where(code => code is not (501 or 505)))
        : retry.StatusCodes);
}

/// <summary>Statuses from 400 to 599 as bits: a lookup without hashing, equal by value.</summary>
internal readonly record struct StatusSet
{
    private readonly UInt128 _client, _server;

    public StatusSet(IEnumerable<int> codes)
    {
        foreach (var code in codes)
        {
            if (code < 500)
                _client |= UInt128.One << (code - 400);
            else
                _server |= UInt128.One << (code - 500);
        }
    }

    public override string ToString() => string.Join(' ', Enumerable.Range(400, 200).Where(Contains));

    public bool Contains(int code) => code switch
    {
        < 400 or > 599 => false,
        < 500 => (_client >> (code - 400) & 1) == 1,
        _ => (_server >> (code - 500) & 1) == 1,
    };
}

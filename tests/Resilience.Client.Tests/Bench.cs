using System.Diagnostics.Metrics;
using Microsoft.Extensions.Logging;

namespace Resilience.Client.Tests;

/// <summary>One backend on virtual time: the real handler over a scripted wire.</summary>
internal sealed class Bench : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(2);

    private readonly HttpMessageInvoker _invoker;
    private readonly InFlight _inFlight;
    private readonly ListLogger _log = new();
    private readonly Meter _meter;

    public Bench(Action<BackendOptions>? configure = null, bool awaited = false, ILogger? logger = null)
    {
        _meter = new(new MeterOptions(TelemetryNames.Meter) { Scope = this });
        var options = new BackendOptions { Address = TestSettings.Address };
        configure?.Invoke(options);
        var clock = new Clock(Time);
        _inFlight = new(clock);
        Backend = new("catalog", options, clock, _inFlight, () => Random, new(_meter, () => [Backend!]), logger ?? _log, awaited);
        Wire = new(Time);
        Handler = new(Backend) { InnerHandler = Wire };
        _invoker = new(Handler);
    }

    public FakeTime Time { get; } = new();
    public ScriptedWire Wire { get; }
    public Backend Backend { get; }
    public BackendHandler Handler { get; }
    public InFlight InFlight => _inFlight;
    public IBackend State => Backend;
    public IReadOnlyList<string> Log => _log.Lines;

    /// <summary>What this backend measures, from now on.</summary>
    public Measurements Listen() => new(TelemetryNames.Meter, this);

    /// <summary>What jitter and spread are drawn from: the middle, unless a test says otherwise.</summary>
    public double Random { get; set; } = 0.5;

    public static HttpRequestMessage Get(string path = "items") => new(HttpMethod.Get, new Uri(TestSettings.Address, path));

    public static HttpRequestMessage Post(string? key = null)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, new Uri(TestSettings.Address, "items")) { Content = new ByteArrayContent([1, 2, 3]) };
        if (key is not null)
            request.Headers.Add("Idempotency-Key", key);
        return request;
    }

    /// <summary>Starts a call; it is as far as it gets without time passing.</summary>
    public Task<HttpResponseMessage> Call(HttpRequestMessage? request = null) => Start(request ?? Get(), CancellationToken.None);

    /// <summary>The same, for a caller that may cancel.</summary>
    public Task<HttpResponseMessage> CallFor(CancellationTokenSource caller, HttpRequestMessage? request = null) => Start(request ?? Get(), caller.Token);

    /// <summary>Without waiting for anything: for tests with many callers at once.</summary>
    public Task<HttpResponseMessage> Send(HttpRequestMessage request) => _invoker.SendAsync(request, CancellationToken.None);

    /// <summary>Lets time pass until the call has ended.</summary>
    public async Task<HttpResponseMessage> Finish(Task<HttpResponseMessage> call)
    {
        Time.AdvanceUntil(() => call.IsCompleted, Limit);
        return await call;
    }

    public Task<HttpResponseMessage> Run(HttpRequestMessage? request = null) => Finish(Call(request));

    public async Task<BackendException> Fails(Task<HttpResponseMessage> call)
    {
        Time.AdvanceUntil(() => call.IsCompleted, Limit);
        return await Xunit.Assert.ThrowsAsync<BackendException>(() => call);
    }

    public Task<BackendException> Fails(HttpRequestMessage? request = null) => Fails(Call(request));

    /// <summary>A call that fails without time passing.</summary>
    public async Task<T> FailsAtOnce<T>(HttpRequestMessage? request = null) where T : Exception
    {
        var call = Call(request);
        Xunit.Assert.True(call.IsCompleted, "still under way");
        return await Xunit.Assert.ThrowsAsync<T>(() => call);
    }

    /// <summary>Makes it go down: one call is refused, and then waits.</summary>
    public Task<HttpResponseMessage> GoDown()
    {
        Wire.Answer = ScriptedWire.Refuse;
        var call = Call();
        Xunit.Assert.Equal(BackendState.Down, State.State);
        return call;
    }

    public void Dispose()
    {
        Backend.Dispose();
        _meter.Dispose();
        _inFlight.Dispose();
        FakeTime.Settle();
        _invoker.Dispose();
    }

    private Task<HttpResponseMessage> Start(HttpRequestMessage request, CancellationToken caller)
    {
        var call = _invoker.SendAsync(request, caller);
        FakeTime.Settle();
        return call;
    }
}

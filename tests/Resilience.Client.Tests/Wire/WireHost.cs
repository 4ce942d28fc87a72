using System.Globalization;
using System.Net;
using System.Text.Json;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Client.Tests.Wire;

/// <summary>What a user has: services with a registered backend, its options from configuration, the real handler below it.</summary>
internal sealed class WireHost : IAsyncDisposable
{
    private const string Name = "wire";

    private readonly ServiceProvider _services;
    private readonly Backend _backend;
    private int _attempts;

    /// <param name="address">Where the backend is.</param>
    /// <param name="settings">Lines such as <c>Retry:MaxRetries=0</c>, below <c>Backends:wire</c>.</param>
    public WireHost(string address, params string[] settings)
        : this(address, null, settings)
    {
    }

    public WireHost(string address, Action<SocketsHttpHandler>? configure, params string[] settings)
        : this(address, configure, isAwaited: false, settings)
    {
    }

    /// <param name="address">Where the backend is.</param>
    /// <param name="configure">Has the platform's handler to change.</param>
    /// <param name="isAwaited">Whether the start waits for it.</param>
    /// <param name="settings">As above.</param>
    public WireHost(string address, Action<SocketsHttpHandler>? configure, bool isAwaited, params string[] settings)
    {
        var values = new Dictionary<string, string?>
        {
            ["Address"] = address,
            ["Retry:BaseDelay"] = "00:00:00.01",
        };
        foreach (var setting in settings)
            values[setting.Split('=')[0]] = setting.Split('=')[1];
        if (values.GetValueOrDefault("AttemptTimeout") is { } attempt && TimeSpan.Parse(attempt, CultureInfo.InvariantCulture) < TimeSpan.FromSeconds(5))
            values.TryAdd("ConnectTimeout", attempt);

        var services = new ServiceCollection();
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder()
            .AddInMemoryCollection(values.Select(value => KeyValuePair.Create($"Backends:{Name}:{value.Key}", value.Value))).Build());
        services.AddResilientBackend(Name)
            .AddHttpMessageHandler(() => new Counter(this))
            .ConfigurePrimaryHttpMessageHandler((handler, _) => configure?.Invoke((SocketsHttpHandler)handler));
        services.AddHealthChecks().AddBackendCheck(Name, HealthStatus.Unhealthy, isAwaited ? ["startup"] : []);
        _services = services.BuildServiceProvider(validateScopes: true);
        Http = _services.GetRequiredService<IHttpClientFactory>().CreateClient(Name);
        Client = _services.GetRequiredKeyedService<BackendClient>(Name);
        State = _services.GetRequiredService<IBackends>()[Name];
        _backend = _services.GetRequiredService<BackendRegistry>().Get(Name);
    }

    public HttpClient Http { get; }
    public BackendClient Client { get; }
    public IBackend State { get; }
    public int InFlight => _backend.InFlight.Count;

    /// <summary>How often a request other than a probe was handed to the wire.</summary>
    public int Attempts => Volatile.Read(ref _attempts);

    /// <summary>Gets, with the body read by HttpClient, outside of all handlers.</summary>
    public Task<HttpResponseMessage> GetAsync(string path = "/") => Http.GetAsync(path).Within();

    /// <summary>Gets as a typed client does, with the body read inside the attempt.</summary>
    public Task<JsonElement> GetJsonAsync(string path = "json") => Client.GetAsync<JsonElement>(path).Within();

    public Task<HttpResponseMessage> SendAsync(HttpMethod method, HttpContent? content, Action<HttpRequestMessage>? change = null)
    {
        var request = new HttpRequestMessage(method, "/") { Content = content };
        change?.Invoke(request);
        return Http.SendAsync(request).Within();
    }

    public async Task<HealthReportEntry> CheckAsync() =>
        (await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync().Within()).Entries[Name];

    /// <summary>The call must answer 200 with this text.</summary>
    public async Task AnswersAsync(string text, Task<HttpResponseMessage> call)
    {
        using var response = await call;
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Equal(text, await response.Content.ReadAsStringAsync());
        await LeftNothingAsync();
    }

    /// <summary>The call must fail for this reason, after that many attempts.</summary>
    public async Task<BackendException> FailsAsync(BackendFailureReason reason, int attempts, Task call)
    {
        var failure = await Assert.ThrowsAsync<BackendException>(() => call);
        Assert.True(reason == failure.Reason, failure.ToString());
        Assert.Equal(attempts, failure.Attempts);
        Assert.Equal(Name, failure.Backend);
        await LeftNothingAsync();
        return failure;
    }

    /// <summary>Nobody waits and nothing is under way any more, probes of a backend that is down aside.</summary>
    public Task LeftNothingAsync() =>
        Eventually.IsTrueAsync(() => State.WaitingCalls == 0 && (InFlight == 0 || State.State == BackendState.Down), "every call has left");

    public async Task IsDownAsync(int waiting) =>
        await Eventually.IsTrueAsync(() => State.State == BackendState.Down && State.WaitingCalls == waiting, $"down, and {waiting} waiting");

    /// <summary>What a host does when it stops. The client stays as it is: the factory's are not to be disposed.</summary>
    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private sealed class Counter(WireHost host) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            if (request.RequestUri?.AbsolutePath != ScriptedBackend.ProbePath)
                Interlocked.Increment(ref host._attempts);
            return base.SendAsync(request, cancellationToken);
        }
    }
}

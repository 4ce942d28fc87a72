using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Client.Tests;

/// <summary>Something of the user's between our handler and the wire.</summary>
internal delegate Task<HttpResponseMessage> Between(HttpRequestMessage request, Func<Task<HttpResponseMessage>> send);

/// <summary>A backend on virtual time as it is registered: with handlers of the user's above a scripted wire.</summary>
internal sealed class ChainBench : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private readonly ServiceProvider _services;
    private readonly HttpClient _http;

    public ChainBench(Between? handler = null, bool logs = false, Action<BackendOptions>? configure = null)
    {
        Wire = new(Time);
        var services = new ServiceCollection();
        services.AddSingleton<TimeProvider>(Time);
        var http = services.AddResilientBackend("catalog", options =>
        {
            options.Address = TestSettings.Address;
            configure?.Invoke(options);
        }).ConfigurePrimaryHttpMessageHandler(() => Wire);
        if (handler is not null)
            http.AddHttpMessageHandler(() => new Handler(handler));
        if (logs)
            http.AddDefaultLogger();
        _services = services.BuildServiceProvider();
        _http = _services.GetRequiredService<IHttpClientFactory>().CreateClient("catalog");
        State = _services.GetRequiredService<IBackends>()["catalog"];
    }

    public FakeTime Time { get; } = new();
    public ScriptedWire Wire { get; }
    public IBackend State { get; }

    /// <summary>Starts a call; it is as far as it gets without time passing.</summary>
    public Task<HttpResponseMessage> Call(HttpRequestMessage? request = null)
    {
        var call = _http.SendAsync(request ?? Bench.Get());
        FakeTime.Settle();
        return call;
    }

    /// <summary>Lets time pass until the call has ended.</summary>
    public async Task<HttpResponseMessage> Finish(Task<HttpResponseMessage> call)
    {
        Time.AdvanceUntil(() => call.IsCompleted, Limit);
        return await call;
    }

    /// <summary>What a host does when it has stopped.</summary>
    public void Dispose() => _services.Dispose();

    private sealed class Handler(Between handler) : DelegatingHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            handler(request, () => base.SendAsync(request, cancellationToken));
    }
}

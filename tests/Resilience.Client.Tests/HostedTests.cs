using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Through a real host, on virtual time: what only the registration can get wrong.</summary>
[Collection(VirtualTime.Name)]
public sealed class HostedTests : IDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromHours(1);
    private readonly FakeTime _time = new();
    private readonly ScriptedWire _wire;

    public HostedTests() => _wire = new(_time);

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _wire.Dispose();

    [Theory]
    [InlineData(2)]
    [InlineData(29.5)]
    public async Task Timeout_of_the_http_client_is_the_deadline_when_shorter(double seconds)
    {
        using var host = await Start(Configured(), http => http.Timeout = TimeSpan.FromSeconds(seconds));
        await AssertDeadline(host, seconds);
    }

    [Fact]
    public async Task Timeout_of_the_http_client_that_is_longer_changes_nothing()
    {
        using var host = await Start(Configured(), http => http.Timeout = TimeSpan.FromMinutes(2));
        await AssertDeadline(host, 30);
    }

    [Fact]
    public async Task Timeout_of_the_http_client_stays_in_force_over_a_reload()
    {
        var builder = Configured();
        using var host = await Start(builder, http => http.Timeout = TimeSpan.FromSeconds(2));
        _ = host.Client();
        builder.Reload(("Backends:catalog:Timeout", "00:00:20"), ("Backends:catalog:Retry:MaxRetries", "1"));

        Assert.Equal((TimeSpan.FromSeconds(2), 1), (host.Backend().Settings.Timeout, host.Backend().Settings.MaxRetries));
        builder.Reload(("Backends:catalog:Timeout", "00:00:01"));
        Assert.Equal(TimeSpan.FromSeconds(1), host.Backend().Settings.Timeout);
    }

    [Fact]
    public async Task Client_waits_out_a_restart()
    {
        using var host = await Start(Configured());
        _wire.Answer = ScriptedWire.Refuse;
        var call = host.Client().GetStringAsync("items", Token);
        _time.AdvanceSeconds(3);
        Assert.False(call.IsCompleted);
        _wire.Answer = _wire.Status(200, body: "back");
        _time.AdvanceUntil(() => call.IsCompleted, Limit);

        Assert.Equal("back", await call);
        Assert.InRange(_time.Elapsed.TotalSeconds, 3, 3.1);
    }

    [Fact]
    public async Task Body_cut_within_a_typed_call_is_fetched_again()
    {
        using var host = await Start(Configured());
        _wire.Answer = ScriptedWire.Sequence(
            (_, _) => Task.FromResult(new HttpResponseMessage { Content = new CutContent() }), _wire.Status(200, body: "\"whole\""));
        var call = host.Services.GetRequiredKeyedService<BackendClient>("catalog").GetAsync<string>("items", cancellationToken: Token);
        _time.AdvanceUntil(() => call.IsCompleted, Limit);

        Assert.Equal("whole", await call);
    }

    [Fact]
    public async Task Exception_of_a_typed_call_tells_all_attempts_and_the_time()
    {
        using var host = await Start(Configured());
        _wire.Answer = _wire.Status(503, "1", """{"title":"Busy"}""");
        _wire.Probe = _wire.Ok;
        var call = host.Services.GetRequiredKeyedService<BackendClient>("catalog").GetAsync<string>("items", cancellationToken: Token);
        _time.AdvanceUntil(() => call.IsCompleted, Limit);

        var error = await Assert.ThrowsAsync<BackendException>(() => call);
        Assert.Equal((BackendFailureReason.Status, 4, System.Net.HttpStatusCode.ServiceUnavailable), (error.Reason, error.Attempts, error.LastStatus));
        Assert.InRange(error.Elapsed.TotalSeconds, 3, 4);
        Assert.Equal(TimeSpan.FromSeconds(1), error.RetryAfter);
        Assert.Contains("4 attempts", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Host_that_ends_releases_who_waits()
    {
        var host = await Start(Configured());
        _wire.Answer = ScriptedWire.Refuse;
        var call = host.Client().GetStringAsync("items", Token);
        FakeTime.Settle();
        await host.StopAsync(Token);
        host.Dispose();
        FakeTime.Settle();

        Assert.True(call.IsCompleted);
        Assert.Equal(BackendFailureReason.Unavailable, (await Assert.ThrowsAsync<BackendException>(() => call)).Reason);
    }

    [Fact]
    public async Task State_survives_a_reload()
    {
        var builder = Configured();
        using var host = await Start(builder);
        for (var call = 0; call < 10; call++)
            await host.Client().GetStringAsync("items", Token);
        _wire.Answer = ScriptedWire.Refuse;
        var waiting = host.Client().GetStringAsync("items", Token);
        FakeTime.Settle();
        var state = host.Services.GetRequiredService<IBackends>()["catalog"];
        var (budget, last) = (state.BudgetLeft, state.LastSuccess);

        builder.Reload(("Backends:catalog:Retry:MaxRetries", "1"));

        Assert.Equal((BackendState.Down, 1, budget), (state.State, state.WaitingCalls, state.BudgetLeft));
        Assert.Equal(last!.Value, state.LastSuccess!.Value, TimeSpan.FromMilliseconds(0.01));
        _wire.Answer = _wire.Ok;
        _time.AdvanceUntil(() => waiting.IsCompleted, Limit);
        await waiting;
    }

    [Fact]
    public async Task Address_that_a_reload_moves_is_followed_by_calls_waiting_ones_and_probes()
    {
        var builder = Configured();
        using var host = await Start(builder);
        var client = host.Client();
        _wire.Answer = (request, token) => request.RequestUri!.Host == "new.test" ? _wire.Ok(request, token) : ScriptedWire.Refuse(request, token);
        var waiting = client.GetStringAsync("items?q=1", Token);
        _time.AdvanceSeconds(1);
        Assert.False(waiting.IsCompleted);

        builder.Reload((ConfiguredHost.Address, "https://new.test:8443/v2"));
        _time.AdvanceUntil(() => waiting.IsCompleted, Limit);
        await waiting;
        await client.PostAsync("items", new StringContent("x"), Token);

        Assert.Equal(
            ["http://backend.test:5081/items?q=1", "https://new.test:8443/v2/items?q=1", "https://new.test:8443/v2/items"],
            _wire.Calls.Select(call => call.Uri?.AbsoluteUri));
        Assert.Equal("https://new.test:8443/v2/", host.Services.GetRequiredService<IBackends>()["catalog"].Address.AbsoluteUri);
    }

    private static HostApplicationBuilder Configured() => ConfiguredHost.Catalog();

    private Task<IHost> Start(HostApplicationBuilder builder, Action<HttpClient>? configure = null)
    {
        builder.Services.AddSingleton<TimeProvider>(_time);
        var http = builder.Services.AddResilientBackend("catalog").ConfigurePrimaryHttpMessageHandler(() => _wire);
        if (configure is not null)
            http.ConfigureHttpClient(configure);
        return builder.StartAsync();
    }

    private async Task AssertDeadline(IHost host, double seconds)
    {
        _wire.Answer = ScriptedWire.Hang;
        _wire.Probe = _wire.Ok;
        var call = host.Client().GetStringAsync("items", Token);
        _time.AdvanceUntil(() => call.IsCompleted, Limit);

        var error = await Assert.ThrowsAsync<BackendException>(() => call);
        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange(_time.Elapsed.TotalSeconds, seconds, seconds + 0.021);
    }
}

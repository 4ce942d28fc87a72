using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>The check of a backend that the start waits for, through a real host.</summary>
[Collection(VirtualTime.Name)]
public sealed class StartupCheckTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly ScriptedWire _wire;

    public StartupCheckTests() => _wire = new(_time) { Answer = ScriptedWire.Refuse };

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    public void Dispose() => _wire.Dispose();

    [Theory]
    [InlineData("startup")]
    [InlineData("StartUp")]
    public async Task Check_fails_with_the_last_reason_until_the_backend_has_shown_itself(string tag)
    {
        using var host = await Builder(tag).StartAsync();
        FakeTime.Settle();
        Assert.Single(_wire.Probes); // From the host's start on, without a call.
        var entry = await Ends(Check(host));
        Assert.Equal(HealthStatus.Unhealthy, entry.Status);
        Assert.Equal(("Down", "Closed", "refused"), (entry.Data["state"], entry.Data["circuit"], entry.Data["error"]));
        Assert.EndsWith("it has not answered yet: the connection is refused", entry.Description, StringComparison.Ordinal);

        _wire.Answer = _wire.Unavailable;
        Assert.Equal("http_503", (await Ends(Check(host))).Data["error"]);

        var check = Check(host);
        _wire.Answer = _wire.Ok;
        entry = await Ends(check);
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.DoesNotContain("error", entry.Data.Keys);
        Assert.InRange(_time.Elapsed.TotalMilliseconds, 40, 61); // Three answers.
        await Check(host); // Waits for nothing any more.
        Assert.Equal(4, _wire.Probes.Count);
    }

    [Theory]
    [InlineData(null)]
    [InlineData("ready")]
    public async Task Backend_whose_check_is_not_tagged_is_up_until_calls_say_otherwise(string? tag)
    {
        using var host = await Builder(tag).StartAsync();
        _time.AdvanceSeconds(5);

        Assert.Equal(HealthStatus.Healthy, (await Ends(Check(host))).Status);
        Assert.Empty(_wire.Probes);
        _ = host.Client().GetStringAsync("items", Token);
        FakeTime.Settle();
        Assert.Single(_wire.Calls);
    }

    [Fact]
    public async Task Tag_may_be_given_where_all_checks_are_configured()
    {
        var builder = Builder(null);
        builder.Services.Configure<HealthCheckServiceOptions>(options => options.Registrations.Single().Tags.Add("startup"));
        using var host = await builder.StartAsync();

        Assert.Equal(BackendState.Down, State(host).State);
    }

    [Fact]
    public async Task Other_check_of_the_same_name_makes_no_backend_awaited()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddHealthChecks().AddCheck("catalog", () => HealthCheckResult.Healthy(), ["startup"]);
        using var host = await builder.StartAsync();

        Assert.Equal(BackendState.Up, State(host).State);
    }

    [Fact]
    public async Task Calls_before_the_host_starts_are_asked_for()
    {
        using var host = Builder("startup").Build();
        Assert.Equal(BackendState.Down, State(host).State);
        _time.AdvanceSeconds(60);
        Assert.Empty(_wire.Probes);
        var call = host.Client().GetStringAsync("items", Token);
        _time.AdvanceSeconds(1);
        _wire.Answer = _wire.Ok;
        _time.AdvanceUntil(() => call.IsCompleted, TimeSpan.FromSeconds(30));
        await call;

        Assert.InRange(_time.Elapsed.TotalSeconds, 61, 61.021); // It is asked since the call, not since it was made.
        Assert.Single(_wire.Calls);
        var probes = _wire.Probes.Count;
        await host.StartAsync(Token);
        _time.AdvanceSeconds(60);
        Assert.Equal(probes, _wire.Probes.Count);
    }

    [Fact]
    public async Task Backend_put_back_into_service_before_anybody_could_ask_is_not_taken_for_up()
    {
        using var host = Builder("startup").Build();
        var state = State(host);
        state.Isolate("maintenance");
        state.Restore();
        _time.AdvanceSeconds(60);

        Assert.Equal((BackendState.Down, "it has not been heard of yet"), (state.State, state.Cause));
        var call = host.Client().GetStringAsync("items", Token);
        _time.AdvanceSeconds(1);
        Assert.Equal((BackendState.Down, "it has not answered yet: the connection is refused"), (state.State, state.Cause));
        _wire.Answer = _wire.Ok;
        _time.AdvanceUntil(() => call.IsCompleted, TimeSpan.FromSeconds(1));
        await call;
        Assert.Single(_wire.Calls);
    }

    [Fact]
    public async Task Check_asks_by_itself_where_a_gate_holds_the_start_before_us()
    {
        using var host = Builder("startup").Build();
        var check = Check(host);
        Assert.Equal("refused", (await Ends(check)).Data["error"]);

        check = Check(host);
        _wire.Answer = _wire.Ok;
        Assert.Equal(HealthStatus.Healthy, (await Ends(check)).Status);
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(5)]
    [InlineData(60)]
    [InlineData(300)]
    public async Task Return_shows_in_the_check_by_the_probes_pace_alone_however_it_is_asked(double seconds)
    {
        using var host = await Builder("startup").StartAsync();
        for (var run = 0; run < 10; run++)
        {
            _wire.Answer = ScriptedWire.Refuse;
            using var again = await Builder("startup").StartAsync();
            var began = _time.Elapsed;
            var healthy = PollAsync(again, began);
            _time.AdvanceSeconds(seconds + run * 0.0123);
            _wire.Answer = _wire.Ok;
            var waited = _time.Elapsed - began;
            var late = _time.AdvanceUntil(() => healthy.IsCompleted, TimeSpan.FromSeconds(5));
            await healthy;

            Assert.InRange(late.TotalSeconds, 0, Math.Clamp(waited.TotalSeconds * 0.02, 0.02, 1));
        }

        // As the gate of Resilience.Hosting does.
        async Task PollAsync(IHost host, TimeSpan began)
        {
            while ((await Check(host)).Status != HealthStatus.Healthy)
                await _time.Delay(TimeSpan.FromSeconds(Math.Clamp((_time.Elapsed - began).TotalSeconds * 0.02, 0.02, 0.5)), Token);
        }
    }

    [Fact]
    public async Task Probe_that_is_not_answered_holds_up_the_check_for_a_moment_only()
    {
        _wire.Answer = ScriptedWire.Hang;
        using var host = await Builder("startup", ("Backends:catalog:AttemptTimeout", "00:00:10")).StartAsync();
        _time.AdvanceSeconds(100);
        var entry = await Ends(Check(host));

        Assert.Equal((HealthStatus.Unhealthy, "timeout"), (entry.Status, (string)entry.Data["error"]));
        Assert.InRange(_time.Elapsed.TotalSeconds, 100, 101.51);
    }

    [Fact]
    public async Task Check_that_is_cancelled_ends_at_once()
    {
        using var host = await Builder("startup").StartAsync();
        _wire.Answer = ScriptedWire.Hang;
        _time.AdvanceMilliseconds(25);
        using var caller = new CancellationTokenSource();
        var check = host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(caller.Token);
        FakeTime.Settle();
        await caller.CancelAsync();
        FakeTime.Settle();

        Assert.True(check.IsCanceled);
    }

    [Fact]
    public async Task Address_that_a_reload_moves_is_asked_from_then_on()
    {
        var builder = Builder("startup");
        using var host = await builder.StartAsync();
        _wire.Answer = (request, token) => request.RequestUri!.Host == "new.test" ? _wire.Ok(request, token) : ScriptedWire.Refuse(request, token);
        _time.AdvanceSeconds(1);
        Assert.Equal(BackendState.Down, State(host).State);

        builder.Reload((ConfiguredHost.Address, "https://new.test:8443/v2"));
        Assert.Equal(HealthStatus.Healthy, (await Ends(Check(host))).Status);
        Assert.InRange(_time.Elapsed.TotalSeconds, 1, 1.021);
    }

    [Fact]
    public async Task Backend_that_nobody_may_ask_cannot_be_waited_for()
    {
        var faults = await Builder("startup", ("Backends:catalog:Recovery:ProbePath", ""), ("Backends:catalog:Timeout", "00:00:00")).FaultsAsync();

        Assert.Contains("Recovery:ProbePath", faults, StringComparison.Ordinal);
        Assert.Contains("set one that is answered cheaply", faults, StringComparison.Ordinal);
        Assert.Contains("Backends:catalog:Timeout", faults, StringComparison.Ordinal);
        using var host = await Builder("ready", ("Backends:catalog:Recovery:ProbePath", "")).StartAsync();
    }

    [Fact]
    public async Task Stopping_host_ends_what_waits_within_a_second()
    {
        using var host = await Builder("startup").StartAsync();
        var calls = Enumerable.Range(0, 20).Select(_ => host.Client().GetStringAsync("items", Token)).ToArray();
        _time.AdvanceSeconds(2);
        var stopped = host.StopAsync(Token);
        _time.AdvanceUntil(() => stopped.IsCompleted, TimeSpan.FromSeconds(1));
        await stopped;

        foreach (var call in calls)
            Assert.Equal(BackendFailureReason.Unavailable, (await Assert.ThrowsAsync<BackendException>(() => call)).Reason);
        Assert.Empty(_wire.Calls);
    }

    private static IBackend State(IHost host) => host.Services.GetRequiredService<IBackends>()["catalog"];

    private static async Task<HealthReportEntry> Check(IHost host) =>
        (await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries["catalog"];

    private async Task<HealthReportEntry> Ends(Task<HealthReportEntry> check)
    {
        _time.AdvanceUntil(() => check.IsCompleted, TimeSpan.FromSeconds(10));
        return await check;
    }

    private HostApplicationBuilder Builder(string? tag, params (string Key, string? Value)[] settings)
    {
        var builder = ConfiguredHost.Catalog(settings);
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddResilientBackend("catalog").ConfigurePrimaryHttpMessageHandler(() => _wire);
        builder.Services.AddHealthChecks().AddBackendCheck("catalog", HealthStatus.Unhealthy, tag is null ? null : [tag]);
        return builder;
    }
}

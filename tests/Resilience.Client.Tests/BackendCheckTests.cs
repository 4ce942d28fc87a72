using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class BackendCheckTests
{
    private readonly FakeTime _time = new();

    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Theory]
    [InlineData(HealthStatus.Degraded)]
    [InlineData(HealthStatus.Unhealthy)]
    public async Task Check_says_what_the_calls_know(HealthStatus failure)
    {
        var wire = new ScriptedWire(_time);
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddSingleton<TimeProvider>(_time);
        builder.Services.AddResilientBackend("catalog").ConfigurePrimaryHttpMessageHandler(() => wire);
        builder.Services.AddHealthChecks().AddBackendCheck("catalog", failure, ["ready"]);
        using var host = await builder.StartAsync();
        var checks = host.Services.GetRequiredService<HealthCheckService>();

        var entry = (await checks.CheckHealthAsync(Token)).Entries["catalog"];
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.Equal(["ready"], entry.Tags);
        Assert.Equal(("Up", "Closed", 0), (entry.Data["state"], entry.Data["circuit"], entry.Data["waitingCalls"]));
        Assert.DoesNotContain("lastSuccess", entry.Data.Keys);
        Assert.Empty(wire.Calls);
        Assert.Empty(wire.Probes);

        wire.Answer = ScriptedWire.Refuse;
        var call = host.Client().GetStringAsync("items", Token);
        FakeTime.Settle();
        entry = (await checks.CheckHealthAsync(Token)).Entries["catalog"];
        Assert.Equal(failure, entry.Status);
        Assert.Contains("Down since", entry.Description, StringComparison.Ordinal);
        Assert.Contains("refused", entry.Description, StringComparison.Ordinal);
        Assert.Equal("refused", entry.Data["error"]);
        Assert.Equal(("Down", "Open", 1), (entry.Data["state"], entry.Data["circuit"], entry.Data["waitingCalls"]));

        wire.Answer = wire.Ok;
        _time.AdvanceUntil(() => call.IsCompleted, TimeSpan.FromSeconds(10));
        await call;
        entry = (await checks.CheckHealthAsync(Token)).Entries["catalog"];
        Assert.Equal(HealthStatus.Healthy, entry.Status);
        Assert.IsType<DateTimeOffset>(entry.Data["lastSuccess"]);
        Assert.DoesNotContain("error", entry.Data.Keys);

        host.Services.GetRequiredService<IBackends>()["catalog"].Isolate("maintenance");
        entry = (await checks.CheckHealthAsync(Token)).Entries["catalog"];
        Assert.Equal(failure, entry.Status);
        Assert.Contains("maintenance", entry.Description, StringComparison.Ordinal);
        Assert.Equal("isolated", entry.Data["error"]);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Check_of_an_unknown_backend_stops_the_host(bool anyBackend)
    {
        var builder = anyBackend ? ConfiguredHost.Catalog() : ConfiguredHost.Builder();
        builder.Services.AddHealthChecks().AddBackendCheck("catalogue");
        using var host = builder.Build();

        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.StartAsync(Token));

        Assert.Contains("AddBackendCheck(\"catalogue\")", error.Message, StringComparison.Ordinal);
        Assert.Equal(anyBackend, error.Message.Contains("catalog.", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("catalog", "00:00:00")]
    [InlineData("catalogue", "00:00:30")]
    public async Task Faults_stop_the_host_before_a_service_that_holds_the_start(string check, string timeout)
    {
        var builder = ConfiguredHost.Builder((ConfiguredHost.Address, "http://backend.test:5081"), ("Backends:catalog:Timeout", timeout));
        var holding = new Holding();
        builder.Services.AddSingleton<IHostedService>(holding);
        builder.Services.AddResilientBackend("catalog");
        builder.Services.AddHealthChecks().AddBackendCheck(check);
        using var host = builder.Build();

        await Assert.ThrowsAnyAsync<Exception>(() => host.StartAsync(Token));
        Assert.False(holding.HasBegun);
    }

    [Fact]
    public async Task Check_may_be_added_before_its_backend()
    {
        var builder = ConfiguredHost.Builder((ConfiguredHost.Address, "http://backend.test"));
        builder.Services.AddHealthChecks().AddBackendCheck("catalog");
        builder.Services.AddResilientBackend("catalog");
        using var host = await builder.StartAsync();

        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token);
        Assert.Equal(HealthStatus.Healthy, report.Status);
    }

    [Fact]
    public async Task Check_added_again_the_same_way_changes_nothing()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddHealthChecks()
            .AddBackendCheck("catalog", HealthStatus.Unhealthy, ["ready", "db"]).AddBackendCheck("catalog", HealthStatus.Unhealthy, ["db", "ready", "db"]);
        using var host = await builder.StartAsync();

        Assert.Single((await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(Token)).Entries);
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy, "ready", "failureStatus", "Unhealthy and tags ready")]
    [InlineData(HealthStatus.Degraded, "startup", "tags", "Degraded and tags startup")]
    [InlineData(HealthStatus.Degraded, "Ready", "tags", "Degraded and tags Ready")]
    [InlineData(HealthStatus.Degraded, null, "tags", "Degraded and no tags")]
    public void Check_added_again_in_another_way_is_refused_with_both(HealthStatus failure, string? tag, string parameter, string now)
    {
        var checks = new ServiceCollection().AddHealthChecks().AddBackendCheck("catalog", tags: ["ready"]).AddBackendCheck("orders", failure, ["startup"]);

        var error = Assert.Throws<ArgumentException>(parameter, () => checks.AddBackendCheck("catalog", failure, tag is null ? null : [tag]));

        Assert.Contains($"AddBackendCheck(\"catalog\") was called with Degraded and tags ready before, and now with {now}", error.Message, StringComparison.Ordinal);
    }

    /// <summary>Registered first, so started first.</summary>
    private sealed class Holding : IHostedLifecycleService
    {
        public bool HasBegun { get; private set; }

        public Task StartingAsync(CancellationToken cancellationToken)
        {
            HasBegun = true;
            return Task.CompletedTask;
        }

        public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

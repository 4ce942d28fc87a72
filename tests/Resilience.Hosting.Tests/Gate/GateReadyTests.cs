using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

[Collection(VirtualTime.Name)]
public sealed class GateReadyTests
{
    [Fact]
    public async Task Held_service_is_ready_once_what_was_held_has_started_too()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(3);
        bench.Builder.Services.AddSingleton(bench.Time).AddHostedService<SlowStarter>();
        var starting = bench.Start();
        bench.UntilOpen();
        bench.Time.AdvanceSeconds(5);
        Assert.Equal(HealthPhase.Starting, bench.Current.Phase);
        bench.Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(10));
        await starting;
        Assert.True(bench.Current.IsReady);
    }

    [Fact]
    public async Task Serving_gate_is_open_for_those_who_wait_once_every_other_check_has_run_too()
    {
        using var bench = new GateBench(("StartupGate:Mode", "Serve"));
        bench.Add("db").IsWellFrom(3);
        bench.Add("slow", tag: "other").IsWellAfter(4.5);
        await bench.Start();
        bench.Time.AdvanceSeconds(4);
        Assert.False(bench.Gate.IsOpen);
        Assert.False(bench.Current.HasStarted);
        var waited = bench.Opened;
        bench.Time.AdvanceSeconds(1);
        await waited.Within();
        Assert.True(bench.Current.HasStarted);
    }

    private sealed class SlowStarter(FakeTime time) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => time.Delay(TimeSpan.FromSeconds(10), cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

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

    private sealed class SlowStarter(FakeTime time) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => time.Delay(TimeSpan.FromSeconds(10), cancellationToken);

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

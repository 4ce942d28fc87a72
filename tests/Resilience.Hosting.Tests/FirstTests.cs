using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

[Collection(VirtualTime.Name)]
public sealed class FirstTests
{
    [Fact]
    public async Task Gate_opens_when_the_last_check_is_there()
    {
        using var bench = new GateBench();
        var isThere = false;
        bench.Builder.Services.AddHealthChecks().AddCheck("db", () => isThere ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("away"), tags: [CheckTags.Startup]);
        var starting = bench.Start();
        Assert.False(starting.IsCompleted);
        bench.Time.AdvanceSeconds(7);
        isThere = true;
        bench.Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(10));
        await starting;
        Assert.True(bench.Gate.IsOpen);
    }
}

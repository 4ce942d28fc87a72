using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class MemoryCheckTests
{
    [Theory]
    [InlineData(80, HealthStatus.Healthy, null)]
    [InlineData(81, HealthStatus.Degraded, CheckErrors.MemoryHigh)]
    [InlineData(95, HealthStatus.Degraded, CheckErrors.MemoryHigh)]
    [InlineData(96, HealthStatus.Unhealthy, CheckErrors.MemoryHigh)]
    public async Task Use_is_judged_by_both_bounds(long used, HealthStatus status, string? code)
    {
        var check = new MemoryCheck(new MemoryCheckSettings(0.8, 0.95), () => (used, 100));
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("memory", check, null, null) };

        var result = await check.CheckHealthAsync(context, TestContext.Current.CancellationToken);

        Assert.Equal((status, code, used, 100L, used / 100.0), (result.Status, result.Code(), result.Data["used"], result.Data["limit"], result.Data["ratio"]));
    }

    [Fact]
    public async Task Memory_of_this_machine_is_measured()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddMemoryCheck("memory"));
        Assert.InRange(Assert.IsType<long>(result.Data["used"]), 1, Assert.IsType<long>(result.Data["limit"]));
    }
}

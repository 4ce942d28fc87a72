using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class DiskCheckTests
{
    [Fact]
    public async Task Disk_of_the_content_root_is_measured()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDiskCheck("disk", options => options.MaxUsedRatio = 1));

        Assert.Equal(HealthStatus.Healthy, result.Status);
        var (free, total, ratio) = (Assert.IsType<long>(result.Data["free"]), Assert.IsType<long>(result.Data["total"]), Assert.IsType<double>(result.Data["usedRatio"]));
        Assert.InRange(free, 1, total);
        Assert.InRange(ratio, 0, 1);
    }

    [Fact]
    public async Task Path_that_does_not_exist_is_named()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDiskCheck("disk", options => options.Path = "/no/such/folder"));
        result.AssertHolds(CheckErrors.Failed);
        Assert.Contains("/no/such/folder", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Path_is_relative_to_the_content_root()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDiskCheck("disk", options => options.Path = "no-such-folder"));
        Assert.Contains(Path.Combine(AppContext.BaseDirectory, "no-such-folder"), result.Description, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(1_000, 0, HealthStatus.Healthy, null)]
    [InlineData(100, 900, HealthStatus.Healthy, null)]
    [InlineData(99, 901, HealthStatus.Degraded, CheckErrors.DiskLow)]
    [InlineData(10, 990, HealthStatus.Degraded, CheckErrors.DiskLow)]
    [InlineData(9, 0, HealthStatus.Unhealthy, CheckErrors.DiskFull)]
    [InlineData(0, 0, HealthStatus.Unhealthy, CheckErrors.DiskFull)]
    public void Space_is_judged_by_both_bounds(long free, long used, HealthStatus status, string? code)
    {
        var check = new DiskCheck(new DiskCheckSettings(null, 10, 0.9), "/");
        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("disk", check, HealthStatus.Unhealthy, null) };

        var result = check.Judge(context, new DiskSpace(free, used, free + used + 50)); // 50 kept back for root.

        Assert.Equal((status, code), (result.Status, result.Code()));
    }

    [Fact]
    public void Full_disk_counts_at_once() => Assert.True(CheckErrors.IsDefinitive(CheckErrors.DiskFull));
}

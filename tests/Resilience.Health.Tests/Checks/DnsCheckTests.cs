using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class DnsCheckTests
{
    [Fact]
    public async Task Name_that_resolves_is_well_and_counted()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDnsCheck("name", "localhost"));
        Assert.Equal(HealthStatus.Healthy, result.Status);
        Assert.InRange(Assert.IsType<int>(result.Data["addresses"]), 1, 10);
    }

    [Fact]
    public async Task Name_that_does_not_resolve_fails()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDnsCheck("name", "nobody.invalid"));
        result.AssertHolds(CheckErrors.Dns);
        Assert.Equal(0, result.Data["addresses"]);
    }

    [Fact]
    public async Task Fewer_addresses_than_expected_fail()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddDnsCheck("name", "127.0.0.1", options => options.MinAddresses = 2));
        result.AssertHolds(CheckErrors.Dns);
        Assert.Equal(1, result.Data["addresses"]);
    }

    [Fact]
    public async Task Deadline_that_is_over_ends_it() =>
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => CheckRun.OnceAsync(checks => checks.AddDnsCheck("name", "nobody.invalid"), TimeSpan.Zero));
}

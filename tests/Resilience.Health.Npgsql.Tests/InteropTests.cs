using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

/// <summary>Beside the check of AspNetCore.HealthChecks.NpgSql, over the platform's own service.</summary>
public sealed class InteropTests(SharedServer shared) : IClassFixture<SharedServer>
{
    [Fact]
    public async Task Both_are_well_on_a_server_that_is()
    {
        var report = await CheckAsync(shared.Server.ConnectionString);
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Healthy), (report.Entries["ours"].Status, report.Entries["theirs"].Status));
    }

    [Fact]
    public async Task Both_fail_where_nobody_listens()
    {
        var report = await CheckAsync($"{shared.Server.ConnectionString};Port={Ports.Free()}");
        Assert.Equal((HealthStatus.Degraded, HealthStatus.Degraded), (report.Entries["ours"].Status, report.Entries["theirs"].Status));
    }

    private static async Task<HealthReport> CheckAsync(string connectionString)
    {
        var services = new ServiceCollection().AddLogging().AddSingleton(NpgsqlDataSource.Create(connectionString));
        services.AddHealthChecks()
            .AddPostgresCheck("ours", failureStatus: HealthStatus.Degraded)
            .AddNpgSql(connectionString, name: "theirs", failureStatus: HealthStatus.Degraded);
        await using var provider = services.BuildServiceProvider();
        return await provider.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
    }
}

using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>The shipped alerts where a service waits at its start, and where what it needs goes away later.</summary>
public sealed class StartAlertTests
{
    [Fact]
    public async Task Service_that_waits_for_what_is_not_there_names_it()
    {
        using var api = new Sample("Api");
        using var web = await new Sample("Web") { Settings = { ["Backends__api__Address"] = api.Url } }.ListensAsync();
        using var watched = await Watched.StartAsync(("web", web));

        await watched.FiresAsync("web GateStuck api");

        await api.ListensAsync();
        await web.AnswersAsync("/health/ready", HttpStatusCode.OK);
        await watched.FiresAsync();
        await watched.StaysSilentAsync(minutes: 1);
    }

    [Fact]
    public async Task Check_that_fails_is_told_of_if_it_is_critical_and_not_if_it_is_optional()
    {
        using var postgres = await PostgresServer.StartAsync();
        using var redis = await RedisServer.StartNewAsync();
        using var api = await new Sample("Api")
        {
            Settings =
            {
                ["ConnectionStrings__Postgres"] = postgres.ConnectionString,
                ["ConnectionStrings__Redis"] = redis.Address,
                ["Health__Period"] = "00:00:00.2",
                ["Health__FailingPeriod"] = "00:00:00.2",
            },
        }.ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);
        using var watched = await Watched.StartAsync(("api", api));

        redis.Stop();
        await watched.ShowsAsync("""resilience_health_check_status{check="redis", critical="false", status="degraded"} == 1""");
        await watched.StaysSilentAsync(minutes: 1.5);

        await postgres.StopAsync();
        await watched.FiresAsync("api DependencyFailed postgres");

        await postgres.StartAsync();
        await watched.FiresAsync();
    }
}

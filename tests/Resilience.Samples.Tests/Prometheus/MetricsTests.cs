using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>What Api and Web show at /metrics.</summary>
public sealed class MetricsTests
{
    [Fact]
    public async Task Metrics_of_Api_and_Web_have_nothing_that_promtool_would_mend()
    {
        await using var pair = await Pair.StartAsync();
        foreach (var sample in new[] { pair.Api, pair.Web })
        {
            var (status, text) = await sample.GetAsync("/metrics");
            Assert.Equal(HttpStatusCode.OK, status);
            Assert.Contains("http_server_request_duration_seconds_bucket{", text, StringComparison.Ordinal);
            Assert.Contains("resilience_health_check_status{", text, StringComparison.Ordinal);
            Assert.Contains("resilience_hosting_gate_open", text, StringComparison.Ordinal);

            var file = Path.GetTempFileName();
            await File.WriteAllTextAsync(file, text, TestContext.Current.CancellationToken);
            using var check = Daemon.Start("sh", ["-c", "promtool check metrics <\"$0\"", file]);
            Assert.Equal((0, ""), (await check.ExitAsync(), check.Output));
            File.Delete(file);
        }
    }

    /// <summary>The rules and the dashboard do not leave them out by their routes, which are also those of somebody's patients.</summary>
    [Fact]
    public async Task Requests_to_health_and_metrics_are_not_among_those_of_the_rules()
    {
        using var api = await new Sample("Api").ListensAsync();
        await api.AnswersAsync("/leaderboard", HttpStatusCode.OK);
        foreach (var path in new[] { "/api/health", "/api/health/live", "/api/health/ready", "/api/health/startup", "/api/health/deep", "/api/health/ui", "/metrics" })
            await api.GetAsync(path);

        var (_, text) = await api.GetAsync("/metrics");

        var requests = text.Split('\n').Where(line => line.StartsWith("http_server_request_duration_seconds_count{", StringComparison.Ordinal)).ToList();
        Assert.Contains(requests, line => line.Contains("http_route=\"/leaderboard\"", StringComparison.Ordinal));
        Assert.DoesNotContain(requests, line => line.Contains("health", StringComparison.Ordinal) || line.Contains("metrics\"", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Metrics_are_there_while_the_service_starts()
    {
        using var web = await new Sample("Web") { Settings = { ["Backends__api__Address"] = $"http://127.0.0.1:{Ports.Free()}" } }.ListensAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await web.GetAsync("/leaderboard")).Status);

        var (status, text) = await web.GetAsync("/metrics");

        Assert.Equal(HttpStatusCode.OK, status);
        Assert.Contains("""resilience_hosting_gate_missing{check="api"} 1""", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Metrics_are_at_the_management_port_only_where_there_is_one()
    {
        using var api = await new Sample("Api") { HasManagement = true }.ListensAsync();

        Assert.Equal(HttpStatusCode.NotFound, (await api.GetAsync("/metrics")).Status);
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/metrics", management: true)).Status);
    }
}

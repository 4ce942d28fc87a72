using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Endpoints;

public sealed class OptionsTests
{
    [Fact]
    public async Task Faults_stop_the_application_all_at_once_with_key_value_and_way_out()
    {
        await using var app = WebApplication.CreateBuilder(["Metrics:ManagementPort=80a"]).Build();
        app.Configuration["Metrics:ManagementPort"] = "80a";
        var fault = Assert.Throws<InvalidOperationException>(() => app.MapMetrics(options =>
        {
            options.MaxSeriesPerInstrument = 0;
            options.Meters.Clear();
            options.ServiceVersion = "1.0";
        })).Message;
        Assert.Contains("Metrics:ManagementPort is '80a'", fault, StringComparison.Ordinal);
        Assert.Contains("MaxSeriesPerInstrument is 0: give 1 to", fault, StringComparison.Ordinal);
        Assert.Contains("Meters is empty", fault, StringComparison.Ordinal);
        Assert.Contains("ServiceVersion is '1.0' without a name", fault, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(65536)]
    public async Task Port_that_is_none_stops_the_application(int port)
    {
        await using var app = WebApplication.Create();
        Assert.Contains($"ManagementPort is {port}", Assert.Throws<InvalidOperationException>(() => app.MapMetrics(options => options.ManagementPort = port)).Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Management_port_is_the_only_one_that_serves_whatever_the_request_says()
    {
        var (open, management) = (Ports.Free(), Ports.Free());
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.Urls.Add($"http://127.0.0.1:{open}");
            app.Urls.Add($"http://127.0.0.1:{management}");
            app.Configuration["Metrics:ManagementPort"] = $"{management}";
            app.MapMetrics();
        });
        using var client = new HttpClient();
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, management, management));
        Assert.Equal(HttpStatusCode.OK, await StatusAsync(client, management, open));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(client, open, open));
        Assert.Equal(HttpStatusCode.NotFound, await StatusAsync(client, open, management));
    }

    [Fact]
    public async Task Two_paths_with_equal_options_share_one_aggregation_and_others_have_their_own()
    {
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.MapMetrics(options => options.Meters.Add("Test"));
            app.MapMetrics("/again", options => options.Meters.Add("Test"));
            app.MapMetrics("/less", options =>
            {
                options.Meters.Clear();
                options.Meters.Add("Test");
            });
        });
        var asked = 0;
        app.Meter.CreateObservableGauge("asked", () => ++asked);
        app.Meter.CreateCounter<int>("hits").Add(3);
        foreach (var path in (string[])["/metrics", "/again", "/less", "/metrics"])
            Assert.Contains("\nhits_total 3\n", await app.ScrapeAsync(path: path), StringComparison.Ordinal);
        Assert.Equal(4, asked); // Once a scrape.
        Assert.DoesNotContain("dotnet_", await app.ScrapeAsync(path: "/less"), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Target_info_names_the_service_if_it_has_a_name()
    {
        await using var named = await MetricsApp.StartAsync(options =>
        {
            options.ServiceName = "shop";
            options.ServiceVersion = "1.2";
            options.ResourceAttributes["deployment.environment"] = "test \"x\"";
        });
        Assert.Contains("# TYPE target_info gauge\ntarget_info{deployment_environment=\"test \\\"x\\\"\",service_name=\"shop\",service_version=\"1.2\",", await named.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Contains("# TYPE target info\ntarget_info{", await named.ScrapeAsync(openMetrics: true), StringComparison.Ordinal);
        await using var nameless = await MetricsApp.StartAsync();
        Assert.DoesNotContain("target_info", await nameless.ScrapeAsync(), StringComparison.Ordinal);
    }

    private static async Task<HttpStatusCode> StatusAsync(HttpClient client, int port, int claimed)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, $"http://127.0.0.1:{port}/metrics");
        request.Headers.Host = $"127.0.0.1:{claimed}";
        request.Headers.Add("X-Forwarded-Port", $"{claimed}");
        using var response = await client.SendAsync(request).Within();
        return response.StatusCode;
    }
}

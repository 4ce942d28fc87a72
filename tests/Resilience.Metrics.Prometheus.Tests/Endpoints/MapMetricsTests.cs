using System.Net;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Endpoints;

public sealed class MapMetricsTests
{
    [Fact]
    public async Task One_line_serves_the_platforms_metrics_in_both_formats()
    {
        await using var app = await MetricsApp.StartAsync(app => app.MapMetrics());
        using var response = await app.GetAsync("*/*");
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", response.Content.Headers.ContentType?.ToString());
        Assert.Equal("no-store", response.Headers.CacheControl?.ToString());
        var text = await app.ScrapeAsync();
        Assert.Contains("\ndotnet_gc_collections_total{gc_heap_generation=\"gen0\"} ", text, StringComparison.Ordinal);
        Assert.Contains("# TYPE kestrel_active_connections gauge\n", text, StringComparison.Ordinal);

        using var second = await app.GetAsync("application/openmetrics-text;version=1.0.0");
        Assert.Equal("application/openmetrics-text; version=1.0.0; charset=utf-8", second.Content.Headers.ContentType?.ToString());
        var openMetrics = await app.ScrapeAsync(openMetrics: true);
        Assert.Contains("# TYPE dotnet_gc_collections counter\n", openMetrics, StringComparison.Ordinal);
        Assert.EndsWith("\n# EOF\n", openMetrics, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Scrapes_are_not_counted_as_requests()
    {
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.MapMetrics();
            app.MapGet("/", () => "hello");
        });
        await app.GetTextAsync("/");
        await app.ScrapeAsync();
        var text = await app.ScrapeAsync();
        Assert.Contains("http_server_request_duration_seconds_count{", text, StringComparison.Ordinal);
        Assert.DoesNotContain("http_route=\"/metrics\"", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_methods_are_refused_and_HEAD_has_the_headers_only()
    {
        await using var app = await MetricsApp.StartAsync(app => app.MapMetrics());
        using var post = await app.SendAsync(HttpMethod.Post, "/metrics");
        Assert.Equal(HttpStatusCode.MethodNotAllowed, post.StatusCode);
        Assert.Equal(["GET", "HEAD"], post.Content.Headers.Allow);
        using var head = await app.SendAsync(HttpMethod.Head, "/metrics");
        Assert.Equal(HttpStatusCode.OK, head.StatusCode);
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", head.Content.Headers.ContentType?.ToString());
    }

    [Fact]
    public async Task A_real_Prometheus_takes_what_the_application_exposes()
    {
        await using var app = await MetricsApp.StartAsync(app => app.MapMetrics());
        using var prometheus = await PrometheusServer.StartAsync([app.Target], interval: TimeSpan.FromMilliseconds(200));
        await Poll.UntilAsync(async () => (await prometheus.QueryAsync("up")) is [{ Value: 1 }], "up is 1");
        Assert.Equal("", Assert.Single(await prometheus.ScrapeErrorsAsync()).Value);
        Assert.NotEmpty(await prometheus.QueryAsync("dotnet_process_memory_working_set_bytes > 0"));
    }
}

using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Exposition;

public sealed class DefaultExpositionTests
{
    [Fact]
    public async Task Platforms_metrics_after_traffic_are_nothing_promtool_complains_of()
    {
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.MapMetrics(options => options.ServiceName = "shop");
            app.MapGet("/items/{id}", (int id) => id);
        });
        for (var id = 0; id < 3; id++)
            await app.GetTextAsync($"/items/{id}");
        Assert.Throws<InvalidOperationException>(new Action(() => throw new InvalidOperationException())); // For dotnet.exceptions.
        app.Reconnect(); // Connections are measured when they end.
        var text = "";
        await Poll.UntilAsync(async () => (text = await app.ScrapeAsync()).Contains("\nkestrel_connection_duration_seconds_bucket{", StringComparison.Ordinal), "a connection was measured");

        File.WriteAllText("/tmp/prom-expo.om", await app.ScrapeAsync(true));
        foreach (var name in (string[])["http_server_request_duration_seconds_bucket", "http_client_request_duration_seconds_bucket", "kestrel_connection_duration_seconds_bucket", "dotnet_thread_pool_thread", "dotnet_exceptions_total", "target_info"])
            Assert.Contains($"\n{name}{{", text.Replace($"\n{name} ", $"\n{name}{{ ", StringComparison.Ordinal), StringComparison.Ordinal);
        Assert.Equal("", await Promtool.CheckAsync(text));
    }
}

using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Resilience.Metrics.Prometheus.Tests;

/// <summary>An application on a loopback port that maps metrics, with a meter of its own named <c>Test</c>.</summary>
internal sealed class MetricsApp : IAsyncDisposable
{
    private MetricsApp(WebApplication app)
    {
        App = app;
        Meter = app.Services.GetRequiredService<IMeterFactory>().Create("Test");
    }

    public WebApplication App { get; }

    public Meter Meter { get; }

    public HttpClient Client { get; private set; } = new();

    public Uri Address { get; private set; } = new("http://unknown");

    public string Target => $"{Address.Host}:{Address.Port}";

    public static Task<MetricsApp> StartAsync(Action<PrometheusOptions>? configure = null) => StartAsync(app => app.MapMetrics(options =>
    {
        options.Meters.Add("Test*");
        configure?.Invoke(options);
    }));

    public static async Task<MetricsApp> StartAsync(Action<WebApplication> map, Action<WebApplicationBuilder>? prepare = null)
    {
        var builder = WebApplication.CreateBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        prepare?.Invoke(builder);
        var app = builder.Build();
        map(app);
        var metrics = new MetricsApp(app);
        await app.StartAsync();
        metrics.Address = new(app.Urls.First());
        metrics.Reconnect();
        return metrics;
    }

    /// <summary>Ends the connections of the client.</summary>
    public void Reconnect()
    {
        Client.Dispose();
        Client = new() { BaseAddress = Address };
    }

    public async Task<HttpResponseMessage> GetAsync(string accept = "text/plain", string path = "/metrics", string? encoding = null)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.TryAddWithoutValidation("Accept", accept);
        if (encoding is not null)
            request.Headers.TryAddWithoutValidation("Accept-Encoding", encoding);
        return await Client.SendAsync(request).Within();
    }

    public async Task<string> ScrapeAsync(bool openMetrics = false, string path = "/metrics")
    {
        using var response = await GetAsync(openMetrics ? "application/openmetrics-text;version=1.0.0" : "text/plain", path);
        response.EnsureSuccessStatusCode();
        return await response.Content.ReadAsStringAsync();
    }

    public async Task<HttpResponseMessage> SendAsync(HttpMethod method, string path)
    {
        using var request = new HttpRequestMessage(method, path);
        return await Client.SendAsync(request).Within();
    }

    public async Task<string> GetTextAsync(string path) => await Client.GetStringAsync(new Uri(path, UriKind.Relative)).Within();

    public async ValueTask DisposeAsync()
    {
        Client.Dispose();
        await App.StopAsync();
        await App.DisposeAsync();
    }
}

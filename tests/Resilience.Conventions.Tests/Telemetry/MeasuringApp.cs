using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Resilience.Health;
using Resilience.TestKit;
using Xunit;

namespace Resilience.Conventions.Tests.Telemetry;

/// <summary>An application with all that measures, which has had something to measure: a check that fails, a start that waited, a call to a backend that is away.</summary>
public sealed class MeasuringApp : IAsyncLifetime
{
    private readonly WebApplication _app;
    private readonly Dictionary<string, Measurements> _heard;

    public MeasuringApp()
    {
        var builder = WebApplication.CreateBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        builder.Configuration.AddInMemoryCollection([new("Backends:api:Address", $"http://127.0.0.1:{Ports.Free()}"), new("Backends:api:Timeout", "00:00:01")]);
        builder.Services.AddResilientBackend("api");
        builder.Services.AddHealthEndpoints();
        builder.Services.AddHealthChecks().AddDiskCheck("disk", tags: [CheckTags.Startup]).AddTcpCheck("gone", "127.0.0.1", Ports.Free(), HealthStatus.Degraded);
        builder.Services.AddStartupGate();
        builder.Services.AddSystemdNotify();
        _app = builder.Build();
        _app.MapMetrics();
        var scope = _app.Services.GetRequiredService<IMeterFactory>();
        _heard = TelemetryNamesOf.Packages.ToDictionary(package => package, package => new Measurements(TelemetryNamesOf.Package(package).Meter, scope));
    }

    /// <summary>What Prometheus would be told.</summary>
    public string Scraped { get; private set; } = "";

    public Measurements Heard(string package) => _heard[package];

    public async ValueTask InitializeAsync()
    {
        await _app.StartAsync();
        var evaluator = _app.Services.GetRequiredService<IHealthEvaluator>();
        await Eventually.IsTrueAsync(() => evaluator.Current.HasStarted && evaluator.Current.Checks.All(check => check.IsKnown), "every check has run");
        using var api = _app.Services.GetRequiredService<IHttpClientFactory>().CreateClient("api");
        await Assert.ThrowsAnyAsync<Exception>(() => api.GetAsync("/"));
        using var prometheus = new HttpClient();
        Scraped = await prometheus.GetStringAsync($"{_app.Urls.First()}/metrics");
        foreach (var heard in _heard.Values)
            heard.Collect();
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var heard in _heard.Values)
            heard.Dispose();
        await _app.DisposeAsync();
    }
}

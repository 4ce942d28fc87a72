using Polly;
using Resilience.Client;
using Resilience.Health;
using Resilience.Hosting;

if (HealthProbe.TryRun(args, out var exitCode))
    return exitCode;

// The backend, on a port the system picks.
var backend = WebApplication.CreateBuilder();
backend.WebHost.UseUrls("http://127.0.0.1:0");
backend.Services.AddHealthEndpoints();
backend.Services.AddHealthChecks().AddDnsCheck("this-machine", "localhost");
await using var server = backend.Build();
server.MapHealth(options => options.Deep = false);
server.MapGet("/items/{id:int}", (int id) => new Item(id, "bolt"));
await server.StartAsync();

// Its caller, as a user writes it.
var builder = WebApplication.CreateBuilder();
builder.WebHost.UseUrls("http://127.0.0.1:0");
builder.Configuration["Backends:catalog:Address"] = server.Urls.Single();
builder.Services.AddResilientBackend<CatalogClient>("catalog");
builder.Services.AddHealthEndpoints();
builder.Services.AddHealthChecks().AddBackendCheck("catalog", tags: [CheckTags.Startup]);
builder.Services.AddStartupGate(gate => gate.Check("catalog").Required = true);
builder.Services.AddSystemdNotify();
await using var app = builder.Build();
app.MapMetrics();
await app.StartAsync();
await app.Services.GetRequiredService<IStartupGate>().WaitAsync();

var item = await app.Services.GetRequiredService<CatalogClient>().GetAsync(1, CancellationToken.None);
var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>().AddBackendResilience(app.Services, "catalog").Build();
using var plain = new HttpClient();
using var piped = await pipeline.ExecuteAsync(async attempt => await plain.GetAsync(new Uri(new Uri(server.Urls.Single()), "/items/1"), attempt));
await server.Services.GetRequiredService<IHealthEvaluator>().RefreshAsync();
using var scraper = new HttpClient();
var metrics = await scraper.GetStringAsync(new Uri(new Uri(app.Urls.Single()), "/metrics"));
var health = HealthProbe.TryRun(["--health-check", server.Urls.Single()], out var ended) ? ended : -1;
await app.StopAsync();
await server.StopAsync();

if (item != new Item(1, "bolt"))
{
    Console.Error.WriteLine($"consumer got {item}");
    return 1;
}

if (!piped.IsSuccessStatusCode)
{
    Console.Error.WriteLine($"consumer's pipeline got {piped.StatusCode}");
    return 1;
}

if (!metrics.Contains("# TYPE dotnet_gc_collections_total counter", StringComparison.Ordinal))
{
    Console.Error.WriteLine($"consumer scraped {metrics}");
    return 1;
}

if (health != 0)
{
    Console.Error.WriteLine($"health check ended with {health}");
    return 1;
}

Console.WriteLine("consumer ok");
return 0;

internal sealed record Item(int Id, string Name);

internal sealed class CatalogClient(BackendClient backend)
{
    public Task<Item?> GetAsync(int id, CancellationToken ct) => backend.GetAsync<Item>($"items/{id}", cancellationToken: ct);
}

using Resilience.Health;

// A web application that can check itself, for tests of that. It says where it listens.
if (HealthProbe.TryRun(args, out var exitCode))
    return exitCode;

var builder = WebApplication.CreateBuilder(args);
builder.Logging.ClearProviders();
var app = builder.Build();
app.MapGet("/health/ready", () => Results.Json(new { status = "ok", process = Environment.ProcessId }));
app.MapGet("/down", () => Results.Json(new { status = "starting" }, statusCode: 503));
await app.StartAsync();
Console.WriteLine($"listening on {string.Join(' ', app.Urls)}");
await app.WaitForShutdownAsync();
return 0;

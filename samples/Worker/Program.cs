using Resilience.Health;
using Samples;
using Worker;

// "Worker --health-check FILE" reads the heartbeat file of the running Worker, which has no port to ask, and ends with 0 or 1.
if (HealthProbe.TryRun(args, out var exitCode, "file:worker.health")) return exitCode;

var builder = Host.CreateApplicationBuilder(args);
builder.Logging.AddJsonLines(); // in production: appsettings.Production.json
builder.Services.AddResilientBackend<ApiClient>("api"); // address and timeout: Backends:api in appsettings.json
builder.Services.AddHealthChecks().AddBackendCheck("api", tags: [CheckTags.Startup]); // degraded while the Api is away: the last import stays

// Nothing is imported before the Api is there. Without a web server the gate holds the start.
builder.Services.AddStartupGate(gate => gate.Check("api").Required = true);

// A round takes Import:Period and Backends:api:Timeout at most, 15 s. A loop that is silent for longer than this is stuck. Two thirds of the
// unit's WatchdogSec, so that it is back within one.
builder.Services.AddLoopHeartbeat(Importer.Loop, builder.Configuration.GetValue("Import:MaxSilence", TimeSpan.FromSeconds(20)));
builder.Services.AddSystemdNotify(); // nothing elsewhere
builder.Services.AddHostedService<Importer>();
if (builder.Environment.IsEnvironment("Demo")) builder.Services.AddSingleton<Faults>();

builder.Build().Run();
return 0;

using System.Diagnostics.Metrics;
using Resilience.Health;
using Resilience.Hosting;

// A service behind a startup gate, for tests of real processes. Arguments: worker or web, and how Main runs it; the environment says whom it waits for.
if (Environment.GetEnvironmentVariable("Stuck") is not null)
    AppDomain.CurrentDomain.ProcessExit += (_, _) => new ManualResetEvent(false).WaitOne(); // Waits for a Main that is never through.
using var host = args[0] == "web" ? Web() : Worker();
switch (args[1])
{
    case "run":
        await host.RunAsync();
        return 0;
    case "start":
        host.Start(); // Without anybody who disposes of it when that throws.
        host.WaitForShutdown();
        return 0;
    case "catch":
        try
        {
            await host.RunAsync();
            return 0;
        }
        catch (StartupGateException e)
        {
            Console.WriteLine($"caught: {string.Join(' ', e.Missing)}");
            return 5;
        }

    default:
        throw new ArgumentException(args[1]);
}

static IHost Worker()
{
    var builder = Host.CreateApplicationBuilder();
    AddTo(builder);
    return builder.Build();
}

static IHost Web()
{
    var builder = WebApplication.CreateBuilder();
    AddTo(builder);
    var app = builder.Build();
    app.MapHealth("/health", health => health.Deep = false);
    app.MapGet("/", () => "hello");
    return app;
}

static void AddTo(IHostApplicationBuilder builder)
{
    builder.Services.AddHealthChecks().AddTcpCheck("db", builder.Configuration["Db"] ?? "127.0.0.1:1", tags: [CheckTags.Startup]);
    builder.Services.AddStartupGate();
    if (builder.Configuration["Restarts"] is not null)
        builder.Services.AddSystemdNotify().AddHostedService<Restarts>();
    builder.Services.AddHostedService<Work>();
    if (builder.Configuration["Slow"] is not null)
        builder.Services.AddHostedService<Slow>();
}

internal sealed class Work : BackgroundService
{
    protected override Task ExecuteAsync(CancellationToken stoppingToken)
    {
        Console.WriteLine("working");
        return Task.CompletedTask;
    }
}

// Starts for as long as it may.
internal sealed class Slow : IHostedService
{
    public Task StartAsync(CancellationToken cancellationToken) => new TaskCompletionSource().Task.WaitAsync(cancellationToken);

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

// Says how often systemd has restarted it, as whoever collects metrics sees it.
internal sealed class Restarts : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var listener = new MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Name == "resilience.hosting.restarts")
                self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((_, value, _, _) => Console.WriteLine($"restarts: {value}"));
        listener.Start();
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await timer.WaitForNextTickAsync(stoppingToken))
            listener.RecordObservableInstruments();
    }
}

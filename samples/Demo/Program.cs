// The project's claim, to be seen: a backend that restarts costs its callers the time it was away and nothing else.
// Starts samples/Web and, three seconds late, samples/Api, which Web's startup gate waits for. Then calls the Api through the resilient
// client and through a plain one, kills it, makes it fail, freezes it, and compares.
//
//   dotnet run -c Release --project samples/Demo [-- --markdown FILE | --prometheus]
//
// With --prometheus visitors keep coming to Web, a Prometheus scrapes both, and after the report all of it runs on until Ctrl+C, to be looked at.
// Ends with 0 when every resilient call succeeded, 1 when one did not, 2 when it cannot begin, 130 when interrupted before the report.
using System.Diagnostics;
using System.Runtime.InteropServices;
using Demo;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Resilience.Client;

if (args is not ([] or ["--markdown", _] or ["--prometheus"]))
{
    Console.Error.WriteLine("Usage: Demo [--markdown FILE | --prometheus]");
    return 2;
}

var program = args is ["--prometheus"] ? Prometheus.Find() : null;
if (args is ["--prometheus"] && program is null)
{
    Console.Error.WriteLine("Prometheus is not installed: apt-get install prometheus (Debian, Ubuntu), or put its program where PATH looks.");
    return 2;
}

Environment.SetEnvironmentVariable("no_proxy", "127.0.0.1"); // All of it stays on this machine, whatever proxy is set.
var clock = new Stopwatch();
var attempts = new Attempts(clock);
Uri apiAddress = SampleProcess.FreeAddress(), webAddress = SampleProcess.FreeAddress();

var builder = Host.CreateEmptyApplicationBuilder(null);
builder.Configuration["Backends:api:Address"] = $"{apiAddress}";
builder.Configuration["Backends:api:Recovery:ProbePath"] = Script.HealthPath;
builder.Services.AddResilientBackend<ResilientGame>("api").AddHttpMessageHandler(() => new AttemptCounter(attempts));
builder.Services.AddHttpClient<PlainGame>(http => http.BaseAddress = apiAddress);
builder.Services.AddHttpClient<Visitor>(http => http.BaseAddress = webAddress);
using var host = builder.Build();
await host.StartAsync();

// The host ends on SIGINT and SIGTERM. From here on so do we, in order: whatever is disposed is gone.
var lifetime = host.Services.GetRequiredService<IHostApplicationLifetime>();
using var hangup = PosixSignalRegistration.Create(PosixSignal.SIGHUP, signal =>
{
    signal.Cancel = true;
    lifetime.StopApplication();
});
var interrupted = lifetime.ApplicationStopping;

using var folder = new TemporaryFolder();
using var api = new SampleProcess("Api", apiAddress, Script.HealthPath, folder, new() { ["ConnectionStrings__Sqlite"] = $"Data Source={folder.Path}/rounds.db" });
using var web = new SampleProcess("Web", webAddress, "health/ready", folder, new() { ["Backends__api__Address"] = $"{apiAddress}" });
using var plain = new Load(clock, host.Services.GetRequiredService<PlainGame>().CallAsync, interrupted);
using var resilient = new Load(clock, host.Services.GetRequiredService<ResilientGame>().CallAsync, interrupted);
var display = new Display(clock, host.Services.GetRequiredService<IBackends>()["api"], plain, resilient, attempts);
try
{
    var visitor = host.Services.GetRequiredService<Visitor>();
    using var prometheus = program is null ? null : await Prometheus.StartAsync(program, folder, api, web, interrupted);
    var opening = new Opening(web, api, visitor, display.Print, interrupted);
    await opening.PlayAsync();
    if (prometheus is not null)
    {
        Console.WriteLine($"Prometheus, at {prometheus.Address}, scrapes both; visitors keep coming to Web.");
        _ = visitor.KeepComingAsync(interrupted);
    }

    var script = new Script(clock, api, visitor, display.Say, interrupted);
    await display.ShowAsync(RunAsync(script));

    var posted = await host.Services.GetRequiredService<PlainGame>().RoundsOfAsync(ResilientGame.Player, interrupted);
    var report = new Report(opening, script, plain, resilient, attempts, posted);
    report.Write(display.Console);
    if (args is ["--markdown", var file])
        await File.WriteAllTextAsync(file, report.Markdown(), interrupted);
    if (prometheus is not null)
    {
        Console.WriteLine();
        Console.WriteLine("Everything runs on until Ctrl+C. What Web saw of it, in Prometheus:");
        Console.WriteLine(prometheus.GraphsUntil(DateTimeOffset.UtcNow).AbsoluteUri); // As it is: a link that is broken into lines is none.
        await Task.Delay(Timeout.InfiniteTimeSpan, interrupted).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }

    return resilient.Failed == 0 ? 0 : 1;
}
catch (OperationCanceledException) when (interrupted.IsCancellationRequested)
{
    Console.Error.WriteLine("Interrupted.");
    return 130;
}
catch (Exception failed) when (failed is DemoException or HttpRequestException or IOException or UnauthorizedAccessException)
{
    Console.Error.WriteLine($"The demo cannot go on. {failed.Message}");
    return 1;
}

async Task RunAsync(Script script)
{
    using var enough = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
    clock.Start();
    var calling = Load.RunAsync(clock, enough.Token, plain, resilient);
    try
    {
        await script.PlayAsync();
    }
    finally
    {
        await enough.CancelAsync();
        await calling;
    }

    await Task.WhenAll(plain.DrainAsync(), resilient.DrainAsync());
}

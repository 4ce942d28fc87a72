using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>Real processes: how they end, and what they leave on the screen.</summary>
public sealed class GatedAppTests
{
    private readonly int _db = Ports.Free(), _port = Ports.Free();

    private string Url => $"http://127.0.0.1:{_port}";

    [Theory]
    [InlineData("worker", "run")]
    [InlineData("worker", "start")]
    [InlineData("web", "run")]
    [InlineData("web", "start")]
    public async Task Process_whose_dependency_never_comes_ends_with_69_and_says_why(string kind, string run)
    {
        using var app = Start(kind, run, ("StartupGate__Timeout", "00:00:01"));

        Assert.Equal(69, await app.ExitAsync());

        AssertNoStackTrace(app);
        Assert.Matches(@"the start has failed after [12]\.[0-9] s \(StartupGate:Timeout\). Not there: db \(connection refused\)", app.Output);
        Assert.Contains("  db     required  MISSING", app.Output, StringComparison.Ordinal);
        Assert.Equal(kind == "web", app.Lines.Contains("working"));
    }

    [Fact]
    public async Task Process_whose_end_waits_for_main_to_be_through_ends_with_69_all_the_same()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "Killed there, without the code.");
        using var app = Start("worker", "start", ("StartupGate__Timeout", "00:00:01"), ("Stuck", "yes"));

        Assert.Equal(69, await app.ExitAsync());
    }

    [Fact]
    public async Task Process_that_is_still_starting_when_the_gate_gives_up_ends_with_69_too()
    {
        using var app = Start("web", "run", ("StartupGate__Timeout", "00:00:01"), ("Slow", "yes"));

        Assert.Equal(69, await app.ExitAsync());

        Assert.DoesNotContain("Unhandled exception", app.Output, StringComparison.Ordinal);
        Assert.Contains("  db     required  MISSING", app.Output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("worker")]
    [InlineData("web")]
    public async Task Caller_who_catches_the_exception_decides_himself(string kind)
    {
        using var app = Start(kind, "catch", ("StartupGate__Timeout", "00:00:00.5"));

        Assert.Equal(5, await app.ExitAsync());
        Assert.Contains("caught: db", app.Lines);
        AssertNoStackTrace(app);
    }

    [Theory]
    [InlineData("worker", "run", Daemon.SigTerm, 143)]
    [InlineData("worker", "run", Daemon.SigInt, 143)]
    [InlineData("worker", "start", Daemon.SigTerm, 143)]
    [InlineData("worker", "catch", Daemon.SigTerm, 143)]
    [InlineData("web", "run", Daemon.SigTerm, 0)]
    [InlineData("web", "run", Daemon.SigInt, 0)]
    public async Task Signal_while_the_gate_waits_ends_the_process_at_once(string kind, string run, int signal, int exitCode)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ended with Linux' signals.");
        using var app = Start(kind, run);
        await SaysAsync(app, "not there yet");
        if (kind == "web")
            await SaysAsync(app, "Application started");

        var sent = Stopwatch.GetTimestamp();
        app.Signal(signal);

        Assert.Equal(exitCode, await app.ExitAsync());
        Assert.InRange(Stopwatch.GetElapsedTime(sent).TotalSeconds, 0, 5); // A second, on a machine that has nothing else to do.
        AssertNoStackTrace(app);
        Assert.Contains("Startup gate: told to stop after", app.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Worker_begins_once_its_dependency_is_there_and_ends_well()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ended with Linux' signals.");
        using var app = Start("worker", "run");
        await SaysAsync(app, "not there yet");
        Assert.DoesNotContain("working", app.Lines);
        using var db = new TcpListener(IPAddress.Loopback, _db);
        db.Start();

        await SaysAsync(app, "working");
        await SaysAsync(app, "Application started");
        app.Signal(Daemon.SigTerm);

        Assert.Equal(0, await app.ExitAsync());
        Assert.Contains("Startup gate: open after", app.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Web_host_is_live_and_not_ready_while_it_waits_and_serves_then()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Ended with Linux' signals.");
        using var app = Start("web", "run");
        await SaysAsync(app, "Application started");
        using var client = new HttpClient { BaseAddress = new(Url) };
        Assert.Equal((200, 503, 503), await ProbesAsync(client));

        using var db = new TcpListener(IPAddress.Loopback, _db);
        db.Start();
        await SaysAsync(app, "Startup gate: open");

        // It says so a moment before the rest of the service hears of it.
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(30));
        while (await ProbesAsync(client) is var probes && probes != (200, 200, 200))
            Assert.False(limit.IsCancellationRequested, $"{probes}");
        Assert.Equal("hello", await client.GetStringAsync("/", TestContext.Current.CancellationToken));
        app.Signal(Daemon.SigTerm);
        Assert.Equal(0, await app.ExitAsync());
    }

    [Fact]
    public async Task Fault_in_the_options_ends_a_process_at_once_with_the_faults()
    {
        using var app = Start("worker", "run", ("StartupGate__Timeout", "never"));

        Assert.NotEqual(0, await app.ExitAsync());
        Assert.Contains("StartupGate:Timeout is 'never' but must be hours:minutes:seconds", app.Output, StringComparison.Ordinal);
    }

    private static async Task<(int Live, int Ready, int Startup)> ProbesAsync(HttpClient client)
    {
        return (await StatusAsync("live"), await StatusAsync("ready"), await StatusAsync("startup"));

        async Task<int> StatusAsync(string path)
        {
            using var answer = await client.GetAsync($"/health/{path}", TestContext.Current.CancellationToken);
            return (int)answer.StatusCode;
        }
    }

    private static void AssertNoStackTrace(Daemon app)
    {
        Assert.DoesNotContain("Unhandled exception", app.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(app.Lines, line => line.TrimStart().StartsWith("at ", StringComparison.Ordinal));
    }

    private static Task SaysAsync(Daemon app, string words) => Eventually.IsTrueAsync(() => app.HasExited || app.Output.Contains(words, StringComparison.Ordinal), words);

    private Daemon Start(string kind, string run, params (string Key, string Value)[] settings)
    {
        var environment = new Dictionary<string, string> { ["Db"] = $"127.0.0.1:{_db}", ["ASPNETCORE_URLS"] = Url };
        foreach (var (key, value) in settings)
            environment[key] = value;
        return Daemon.Start("dotnet", [Path.Combine(AppContext.BaseDirectory, "GatedApp.dll"), kind, run], AppContext.BaseDirectory, environment);
    }
}

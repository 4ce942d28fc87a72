using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>The gate and the host's life: what starts when, and how it ends.</summary>
[Collection(VirtualTime.Name)]
public sealed class GateHostTests
{
    private static readonly (string, string?) Serve = ("StartupGate:Mode", "Serve"), Hold = ("StartupGate:Mode", "Hold");

    [Fact]
    public async Task Host_that_holds_starts_nothing_before_the_gate_is_open()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(5);
        var worker = new Worker(_ => Task.CompletedTask);
        bench.Builder.Services.AddHostedService(_ => worker);
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(4.9);
        Assert.False(worker.HasStarted);
        Assert.Equal((HealthPhase.Starting, "starting", true, false, false), Facts(bench.Current));

        bench.UntilOpen();

        await starting.Within();
        Assert.True(worker.HasStarted);
        Assert.Equal((HealthPhase.Running, "ok", true, true, true), Facts(bench.Current));
    }

    [Fact]
    public async Task Host_that_serves_starts_at_once_and_is_live_and_not_ready_until_the_gate_opens()
    {
        using var bench = new GateBench(Serve);
        bench.Add("db").IsWellFrom(5);
        var worker = new Worker(_ => bench.Opened);
        bench.Builder.Services.AddHostedService(_ => worker);
        await bench.Start().Within();
        bench.Time.AdvanceSeconds(4.9);
        Assert.True(worker.HasStarted);
        Assert.False(worker.ExecuteTask!.IsCompleted);
        Assert.Equal((HealthPhase.Starting, "starting", true, false, false), Facts(bench.Current));

        bench.UntilOpen();

        await worker.ExecuteTask.Within();
        Assert.Equal((HealthPhase.Running, "ok", true, true, true), Facts(bench.Current));
    }

    [Fact]
    public async Task Service_is_not_ready_before_what_was_held_has_started_and_what_fails_meanwhile_is_logged()
    {
        using var bench = new GateBench();
        var db = bench.Add("db");
        db.IsWell();
        var slow = new TaskCompletionSource();
        bench.Builder.Services.AddHostedService(_ => new Waiter(slow.Task));
        var starting = bench.Start();
        Assert.True(bench.Gate.IsOpen);
        Assert.Equal((HealthPhase.Starting, "starting", true, false, false), Facts(bench.Current));
        db.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Contains("Error: Check db is error: refused (nothing said)", bench.Log.Lines);
        db.IsWell();
        bench.Time.AdvanceSeconds(15);

        slow.SetResult();
        await starting.Within();

        Assert.Equal((HealthPhase.Running, "ok", true, true, true), Facts(bench.Current));
    }

    [Fact]
    public async Task Service_is_ready_only_when_every_check_has_run_also_those_that_nobody_waits_for()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWell();
        bench.Add("slow", tag: "other").IsWellAfter(3);

        await bench.Start().Within();

        Assert.True(bench.Gate.IsOpen);
        Assert.Equal("starting", bench.Current.Word);
        bench.Time.AdvanceSeconds(3);
        Assert.True(bench.Current.IsReady);
    }

    [Theory]
    [InlineData(true, true)]
    [InlineData(false, false)]
    public void Host_with_a_server_serves_and_one_without_holds(bool hasServer, bool serves)
    {
        using var bench = new GateBench();
        if (hasServer)
            bench.Builder.Services.AddSingleton<Microsoft.AspNetCore.Hosting.Server.IServer>(_ => throw new InvalidOperationException("It is not for us to make."));
        bench.Add("db");

        var starting = bench.Start();

        Assert.Equal(serves, starting.IsCompletedSuccessfully);
        Assert.Equal(serves, bench.Host.Services.GetRequiredService<IOptions<HealthOptions>>().Value.RefuseWhileStarting);
    }

    [Fact]
    public async Task Stop_while_the_host_holds_ends_the_start_at_once()
    {
        using var bench = new GateBench();
        bench.Add("db").HangsUntil(1000);
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(3.2);

        bench.Lifetime.StopApplication();

        var stopped = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
        Assert.Equal("Told to stop before the startup gate opened.", stopped.ToString());
        Assert.Equal("told to stop after 3.2 s, while waiting for db for 3 s (no answer in time)", bench.Said[^1]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Opened.Within());
    }

    [Fact]
    public async Task Stop_while_the_host_serves_ends_it_in_order()
    {
        using var bench = new GateBench(Serve);
        bench.Add("db");
        var worker = new Worker(_ => bench.Opened); // Without a token: it must not hold up the stop.
        bench.Builder.Services.AddHostedService(_ => worker);
        await bench.Start().Within();
        bench.Time.AdvanceSeconds(3);

        bench.Lifetime.StopApplication();
        await bench.Stop().Within();

        Assert.Equal("told to stop after 3.0 s, while waiting for db for 3 s (connection refused)", bench.Said[^1]);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Opened.Within());
        Assert.True(worker.ExecuteTask!.IsCanceled);
        Assert.DoesNotContain(bench.Log.Lines, line => line.StartsWith("Error", StringComparison.Ordinal));
        Assert.False(bench.Current.HasStarted);
    }

    [Fact]
    public async Task Start_that_its_caller_cancels_ends_at_once()
    {
        using var bench = new GateBench();
        bench.Add("db").HangsUntil(1000);
        using var cancellation = new CancellationTokenSource();
        var starting = bench.StartUntil(cancellation.Token);

        await cancellation.CancelAsync();

        var why = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => starting.Within());
        Assert.Equal("The start was cancelled before the startup gate opened, by its caller or by HostOptions.StartupTimeout.", why.Message);
    }

    [Fact]
    public async Task Failure_while_the_host_serves_stops_it_in_order_and_is_thrown_at_the_end()
    {
        using var bench = new GateBench(Serve);
        bench.Add("db");
        var worker = new Worker(_ => bench.Opened);
        bench.Builder.Services.AddHostedService(_ => worker);
        await bench.Start().Within();
        bench.Time.AdvanceUntil(() => bench.Lifetime.ApplicationStopping.IsCancellationRequested, TimeSpan.FromSeconds(60));

        var failure = await Assert.ThrowsAsync<StartupGateException>(() => bench.Stop().Within());

        Assert.Equal(["db"], failure.Missing);
        Assert.Equal(0, Environment.ExitCode); // Nothing is left behind in a process that outlives its host.
        Assert.True(worker.ExecuteTask!.IsCanceled);
        Assert.DoesNotContain(bench.Log.Lines, line => line.StartsWith("Error: BackgroundService", StringComparison.Ordinal));
        Assert.False(bench.Current.HasStarted);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Service_that_holds_up_the_start_itself_is_let_go_when_the_gate_does_not_open(bool isToldToStop)
    {
        using var bench = new GateBench(Serve);
        bench.Add("db");
        bench.Builder.Services.AddHostedService(_ => new Waiter(bench.Opened));
        try
        {
            var starting = bench.Start();
            bench.Time.AdvanceSeconds(59);
            Assert.False(starting.IsCompleted);

            if (isToldToStop)
                bench.Lifetime.StopApplication();
            bench.Time.AdvanceSeconds(1);

            var why = await Record.ExceptionAsync(() => starting.Within());
            Assert.IsType(isToldToStop ? typeof(StartStoppedException) : typeof(StartupGateException), why);
        }
        finally
        {
            Environment.ExitCode = 0;
        }
    }

    [Theory]
    [InlineData("Serve")]
    [InlineData("Hold")]
    public async Task Host_that_is_disposed_without_being_stopped_ends_the_wait_and_never_looks_started(string mode)
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "alive");
        using var bench = new GateBench(("StartupGate:Mode", mode), ("Health:HeartbeatFile", file));
        bench.Add("db");
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(6);
        Assert.Equal("not-ready 20 starting\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
        var (waiting, evaluator) = (bench.Opened, bench.Evaluator);

        bench.Host.Dispose();
        FakeTime.Settle();

        Assert.True(starting.IsCompleted);
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => waiting.Within());
        Assert.Equal((false, false), (evaluator.Current.HasStarted, evaluator.Current.IsReady));
    }

    [Fact]
    public async Task Heartbeat_file_says_ready_once_the_gate_is_open()
    {
        using var folder = new TemporaryFolder();
        var file = Path.Combine(folder.Path, "alive");
        using var bench = new GateBench(("Health:HeartbeatFile", file));
        bench.Add("db").IsWellFrom(6.5);
        _ = bench.Start();
        bench.UntilOpen();

        bench.Time.AdvanceSeconds(1);

        Assert.Equal("ready 20 ok\n", await File.ReadAllTextAsync(file, TestContext.Current.CancellationToken));
    }

    [Fact]
    public async Task Two_hosts_of_one_process_wait_each_for_its_own()
    {
        using var first = new GateBench();
        using var second = new GateBench();
        first.Add("db").IsWellFrom(3);
        second.Add("db");
        var (starting, failing) = (first.Start(), second.Start());

        first.UntilOpen();
        await starting.Within();
        await second.UntilFailed(failing);

        Assert.True(first.Gate.IsOpen);
        Assert.DoesNotContain(first.Log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Serve")]
    [InlineData("Hold")]
    public async Task Host_whose_services_start_all_at_once_waits_like_any_other(string mode)
    {
        using var bench = new GateBench(("StartupGate:Mode", mode));
        bench.Builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = true);
        bench.Add("db").IsWellFrom(12);
        bench.Add("search", HealthStatus.Degraded).Fails(status: HealthStatus.Degraded);
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(11.9);
        Assert.False(bench.Gate.IsOpen);

        bench.UntilOpen();

        await starting.Within();
        Assert.Equal("waiting for 2 checks, 60 s at most: db, search (optional)", bench.Said[0]);
    }

    [Fact]
    public async Task Faults_are_said_at_once_where_all_services_start_at_once()
    {
        using var bench = new GateBench(Hold, ("Health:Period", "00:00:00"));
        bench.Builder.Services.Configure<HostOptions>(options => options.ServicesStartConcurrently = true);
        bench.Add("db");
        // Finding faults takes a while: checks tagged live are made for it.
        bench.Add("live", tag: CheckTags.Live).IsWell();

        await Assert.ThrowsAsync<OptionsValidationException>(() => bench.Start().Within());

        Assert.Equal(TimeSpan.Zero, bench.Time.Elapsed);
        Assert.Empty(bench.Said);
    }

    [Fact]
    public async Task Logger_that_fails_does_not_end_the_wait()
    {
        using var bench = new GateBench();
        bench.Builder.Logging.AddProvider(new FailingLogger());
        bench.Add("db").IsWellFrom(2);
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
    }

    [Fact]
    public async Task Gate_that_somebody_asks_for_long_before_the_start_waits_from_the_start()
    {
        using var bench = new GateBench();
        var check = bench.Add("db");
        check.IsWellFrom(103);
        bench.Build();
        Assert.False(bench.Gate.IsOpen);
        bench.Time.AdvanceSeconds(100);
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.Equal(TimeSpan.FromSeconds(100), check.Times[0]);
        Assert.InRange((check.Times[1] - check.Times[0]).TotalMilliseconds, 15.9, 20.1);
        Assert.Contains(bench.Said, line => line.StartsWith("db is there after 3.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Waiting_ends_by_its_own_token()
    {
        using var bench = new GateBench(Serve);
        bench.Add("db");
        await bench.Start().Within();

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Gate.WaitAsync(new CancellationToken(canceled: true)));
    }

    private static (HealthPhase, string, bool, bool, bool) Facts(HealthSnapshot now) => (now.Phase, now.Word, now.IsLive, now.IsReady, now.HasStarted);

    private sealed class Worker(Func<CancellationToken, Task> work) : BackgroundService
    {
        public bool HasStarted { get; private set; }

        protected override Task ExecuteAsync(CancellationToken stoppingToken)
        {
            HasStarted = true;
            return work(stoppingToken);
        }
    }

    private sealed class Waiter(Task wait) : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => wait;

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    private sealed class FailingLogger : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => categoryName.StartsWith("Resilience", StringComparison.Ordinal) ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => throw new InvalidOperationException("The disk is full.");

        public void Dispose()
        {
        }
    }
}

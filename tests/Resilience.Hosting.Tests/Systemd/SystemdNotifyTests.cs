using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

/// <summary>The environment is the process': one test at a time.</summary>
[Collection(VirtualTime.Name)]
public sealed class SystemdNotifyTests : IDisposable
{
    private readonly ListLogger _log = new();

    [Fact]
    public async Task Ready_comes_after_the_gate_and_stopping_with_the_stop()
    {
        using var systemd = new FakeSystemd();
        var isThere = false;
        using var host = Build(systemd.Address, builder =>
        {
            builder.Services.AddStartupGate(); // Before it: the gate's hold must not hold up the notifications.
            builder.Services.AddSystemdNotify();
            builder.Services.AddHealthChecks().AddCheck("db", () => Volatile.Read(ref isThere) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(), tags: [CheckTags.Startup]);
        });
        var starting = host.StartsAsync();
        await systemd.HasAsync("EXTEND_TIMEOUT_USEC=20000000");
        await systemd.HasBegunAsync("STATUS=Starting: waiting for db for ");
        Assert.False(starting.IsCompleted);
        Assert.DoesNotContain("READY=1", systemd.Lines);

        Volatile.Write(ref isThere, true);
        await starting;
        await systemd.HasAsync("READY=1");
        await systemd.HasAsync("STATUS=Ready; its check is well.");
        await host.StopsAsync();
        await systemd.HasAsync("STOPPING=1");
        Assert.Equal(1, systemd.Lines.Count(line => line == "READY=1"));
    }

    [Fact]
    public async Task Gate_that_serves_holds_ready_back_though_the_host_has_started()
    {
        using var systemd = new FakeSystemd(isAbstract: true);
        var isThere = false;
        using var host = Build(systemd.Address, builder =>
        {
            builder.Services.AddStartupGate(gate => gate.Mode = GateMode.Serve).AddSystemdNotify();
            builder.Services.AddHealthChecks().AddCheck("db", () => Volatile.Read(ref isThere) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy(), tags: [CheckTags.Startup]);
        });
        await host.StartsAsync();
        await systemd.HasBegunAsync("STATUS=Starting: waiting for db for 1 s ");
        Assert.DoesNotContain("READY=1", systemd.Lines);
        Volatile.Write(ref isThere, true);
        await systemd.HasAsync("READY=1");
    }

    [Fact]
    public async Task Failed_start_leaves_its_reason_as_the_status()
    {
        using var systemd = new FakeSystemd();
        using var host = Build(systemd.Address, builder =>
        {
            builder.Services.AddStartupGate(gate => gate.Timeout = TimeSpan.FromMilliseconds(300)).AddSystemdNotify();
            builder.Services.AddHealthChecks().AddCheck("db", () => HealthCheckResult.Unhealthy(), tags: [CheckTags.Startup]);
        });
        await Assert.ThrowsAsync<StartupGateException>(() => host.StartsAsync());
        host.Dispose();
        await systemd.HasAsync("STATUS=Start failed, for want of db (it fails).");
    }

    [Fact]
    public async Task Without_systemd_there_is_no_thread_and_the_host_runs()
    {
        using var host = Build(null, builder => builder.Services.AddSystemdNotify());
        await host.StartsAsync();
        Assert.Empty(Threads());
        await host.StopsAsync();
        Assert.DoesNotContain(_log.Lines, line => line.Contains("systemd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task With_systemd_there_is_one_thread_until_the_host_is_disposed_of()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Counts threads in /proc.");
        using var systemd = new FakeSystemd();
        var host = Build(systemd.Address, builder => builder.Services.AddSystemdNotify().AddSystemdNotify());
        await host.StartsAsync();
        await systemd.HasAsync("READY=1");
        Assert.Single(Threads());
        host.Dispose();
        await Eventually.IsTrueAsync(() => Threads().Length == 0, "the thread has ended");
    }

    [Fact]
    public async Task Host_that_comes_after_one_that_could_not_start_speaks_for_the_process()
    {
        using var systemd = new FakeSystemd();
        using (var first = Build(systemd.Address, builder => builder.Services.AddSystemdNotify().AddHostedService<Failing>()))
            await Assert.ThrowsAsync<InvalidOperationException>(() => first.StartsAsync());
        Assert.DoesNotContain("READY=1", systemd.Lines);
        using var second = Build(null, builder => builder.Services.AddSystemdNotify());
        await second.StartsAsync();
        await systemd.HasAsync("READY=1");
        using var third = Build(null, builder => builder.Services.AddSystemdNotify());
        await third.StartsAsync();
        await third.StopsAsync();
        Assert.DoesNotContain("STOPPING=1", systemd.Lines);
    }

    [Theory]
    [InlineData("vsock:2:1234")]
    [InlineData("/nonexistent/folder/notify")]
    public async Task Socket_that_cannot_be_used_costs_a_warning_and_nothing_else(string address)
    {
        using var host = Build(address, builder => builder.Services.AddSystemdNotify());
        await host.StartsAsync();
        await Eventually.IsTrueAsync(() => _log.Lines.Any(line => line.StartsWith("Warning: systemd", StringComparison.Ordinal)), "a warning");
        await host.StopsAsync();
        Assert.Single(_log.Lines, line => line.StartsWith("Warning: systemd", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Programs_that_it_starts_and_the_platforms_own_lifetime_cannot_speak_for_it()
    {
        using var systemd = new FakeSystemd();
        using var host = Build(systemd.Address, builder =>
        {
            builder.Services.AddHostedService<LikeThePlatforms>();
            builder.Services.AddStartupGate(gate => gate.Mode = GateMode.Serve).AddSystemdNotify();
            builder.Services.AddHealthChecks().AddCheck("db", () => HealthCheckResult.Unhealthy(), tags: [CheckTags.Startup]);
        });
        await host.StartsAsync();
        await systemd.HasBegunAsync("STATUS=Starting");
        Assert.Null(Environment.GetEnvironmentVariable("NOTIFY_SOCKET"));
        Assert.DoesNotContain("READY=1", systemd.Lines);
    }

    [Fact]
    public async Task Watchdog_is_pinged_and_stops_being_so_when_a_loop_stands()
    {
        using var systemd = new FakeSystemd();
        using var host = Build(systemd.Address, builder => builder.Services.AddSystemdNotify().AddLoopHeartbeat("importer", TimeSpan.FromSeconds(1)), watchdog: TimeSpan.FromSeconds(2));
        await host.StartsAsync();
        var loop = host.Services.GetRequiredKeyedService<ILoopHeartbeat>("importer");
        var clock = Stopwatch.StartNew();
        await Eventually.IsTrueAsync(() =>
        {
            loop.Beat();
            return systemd.Lines.Count(line => line == "WATCHDOG=1") > 2;
        }, "pings");
        Assert.InRange(clock.Elapsed.TotalSeconds, 1.5, 10);
        await systemd.HasAsync("WATCHDOG=trigger");
        await systemd.HasBegunAsync("STATUS=Not live, to be restarted: importer has been silent for ");
        Assert.Contains(_log.Lines, line => line.StartsWith("Critical: This process is not live", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Logger_that_throws_ends_neither_the_thread_nor_the_process()
    {
        using var systemd = new FakeSystemd();
        using var host = Build(systemd.Address, builder =>
        {
            builder.Services.AddSystemdNotify().AddLoopHeartbeat("importer", TimeSpan.FromMilliseconds(200));
            builder.Logging.AddProvider(new Throwing());
        }, watchdog: TimeSpan.FromSeconds(1));
        await host.StartsAsync();
        await systemd.HasAsync("WATCHDOG=trigger"); // By then it has tried to log.
        await host.StopsAsync();
        await systemd.HasAsync("STOPPING=1");
    }

    [Fact]
    public async Task Hangup_reloads_the_configuration_between_reloading_and_ready()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "SIGHUP, CLOCK_MONOTONIC.");
        Signal(1, 0); // As systemd starts a service. Under nohup, hangups are ignored.
        using var systemd = new FakeSystemd();
        using var host = Build(systemd.Address, builder => builder.Services.AddSystemdNotify(options => options.ReloadOnHangup = true));
        await host.StartsAsync();
        await systemd.HasAsync("READY=1");
        var reloads = 0;
        using var onReload = host.Services.GetRequiredService<IConfiguration>().GetReloadToken().RegisterChangeCallback(_ => reloads++, null);
        var before = Monotonic();
        Assert.Equal(0, Kill(Environment.ProcessId, 1));
        await Eventually.IsTrueAsync(() => systemd.Lines.Count(line => line == "READY=1") == 2, "ready again");
        Assert.Equal(1, reloads);
        var lines = systemd.Lines.ToList();
        Assert.InRange(lines.IndexOf("RELOADING=1"), lines.IndexOf("READY=1") + 1, lines.LastIndexOf("READY=1") - 1);
        var stamp = long.Parse(lines[lines.IndexOf("RELOADING=1") + 1].Split('=')[1], CultureInfo.InvariantCulture);
        Assert.InRange(stamp, before, Monotonic());
    }

    [Fact]
    public async Task Faults_of_its_options_stop_the_start_also_without_systemd()
    {
        using var host = Build(null, builder =>
        {
            builder.Configuration.AddInMemoryCollection([new("Systemd:Watchdog", "perhaps"), new("Systemd:Watchdogs", "true")]);
            builder.Services.AddSystemdNotify();
        });
        var failure = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartsAsync());
        Assert.Contains("Systemd:Watchdog is 'perhaps' but must be true or false.", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Systemd:Watchdogs is unknown; known are ExtendStart, ReloadOnHangup, Watchdog.", failure.Message, StringComparison.Ordinal);
    }

    public void Dispose()
    {
        Set(null, null);
        SystemdEnvironment.Forget();
    }

    private IHost Build(string? socket, Action<HostApplicationBuilder> add, TimeSpan? watchdog = null)
    {
        Set(socket, watchdog);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(_log).SetMinimumLevel(LogLevel.Information);
        add(builder);
        return builder.Build();
    }

    private static void Set(string? socket, TimeSpan? watchdog)
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", socket);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", watchdog?.TotalMicroseconds.ToString(CultureInfo.InvariantCulture));
    }

    // The kernel keeps 15 letters of a thread's name.
    private static string[] Threads() => !OperatingSystem.IsLinux() ? []
        : [.. Directory.EnumerateDirectories("/proc/self/task").Select(task => File.ReadAllText($"{task}/comm").Trim()).Where(name => "systemd notifications".StartsWith(name, StringComparison.Ordinal))];

    private static long Monotonic()
    {
        Assert.Equal(0, ClockGetTime(1, out var time));
        return time.Seconds * 1_000_000 + time.Nanoseconds / 1000;
    }

    [DllImport("libc", EntryPoint = "kill")]
    private static extern int Kill(int process, int signal);

    [DllImport("libc", EntryPoint = "signal")]
    private static extern nint Signal(int signal, nint handler);

    [DllImport("libc", EntryPoint = "clock_gettime")]
    private static extern int ClockGetTime(int clock, out TimeSpec time);

    [StructLayout(LayoutKind.Sequential)]
    private struct TimeSpec
    {
        public long Seconds;
        public long Nanoseconds;
    }

    /// <summary>Throws at what is ours, and at nothing else: the platform's own would end the start.</summary>
    private sealed class Throwing : ILoggerProvider, ILogger
    {
        private bool _isOurs;

        public ILogger CreateLogger(string categoryName) => new Throwing { _isOurs = categoryName.StartsWith("Resilience", StringComparison.Ordinal) };

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (_isOurs)
                throw new InvalidOperationException("This logger throws.");
        }

        public void Dispose()
        {
        }
    }

    private sealed class Failing : IHostedService
    {
        public Task StartAsync(CancellationToken cancellationToken) => throw new InvalidOperationException("It cannot start.");

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }

    /// <summary>Reads the environment when it is made, and says READY when the application has started, as Microsoft.Extensions.Hosting.Systemd does.</summary>
    private sealed class LikeThePlatforms(IHostApplicationLifetime host) : IHostedService
    {
        private readonly string? _socket = Environment.GetEnvironmentVariable("NOTIFY_SOCKET");

        public Task StartAsync(CancellationToken cancellationToken)
        {
            host.ApplicationStarted.Register(() =>
            {
                if (_socket is { Length: > 0 } path)
                    NotifySocket.Open(path, out _)!.Send("READY=1");
            });
            return Task.CompletedTask;
        }

        public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
    }
}

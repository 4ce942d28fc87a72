using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Metrics;

[Collection(VirtualTime.Name)]
public sealed class HealthMetricsTests : IDisposable
{
    private const string Prefix = "resilience.health.";

    private readonly EvaluatorBench _bench = new();
    private readonly Measurements _heard = new("Resilience.Health");

    [Fact]
    public async Task Check_status_is_one_for_the_state_after_hysteresis_and_zero_for_the_others()
    {
        var check = _bench.Add("Orders-DB");
        await _bench.StartAsync();
        Assert.Equal("healthy", StatusOf("Orders-DB", "true"));

        check.Fails();
        await RunAsync();
        Assert.Equal("healthy", StatusOf("Orders-DB", "true"));
        await RunAsync();
        await RunAsync();
        Assert.Equal("unhealthy", StatusOf("Orders-DB", "true"));
    }

    [Fact]
    public async Task Optional_check_that_fails_is_degraded()
    {
        _bench.Add("mail", HealthStatus.Degraded).Fails();
        await _bench.StartAsync();
        Assert.Equal("degraded", StatusOf("mail", "false"));
    }

    [Fact]
    public async Task Check_that_has_not_run_is_unknown_and_has_no_age()
    {
        _bench.Add("db").IgnoresItsTokenFor(TimeSpan.FromSeconds(3));
        await _bench.StartAsync();
        Assert.Equal("unknown", StatusOf("db", "true"));
        Assert.Null(Gauge("check.age"));
        Assert.Equal(0, _heard.Count(Prefix + "check.transitions"));
    }

    [Fact]
    public async Task Age_grows_until_the_next_run()
    {
        _bench.Add("db");
        await _bench.StartAsync();
        Assert.Equal(0, Gauge("check.age", ("check", "db")));
        _bench.Time.AdvanceSeconds(4);
        Assert.Equal(4, Gauge("check.age", ("check", "db"))!.Value, 3);
    }

    [Fact]
    public async Task Duration_is_recorded_for_every_run_in_seconds()
    {
        _bench.Add("slow").Answer = async token =>
        {
            await _bench.Time.Delay(TimeSpan.FromMilliseconds(250), token);
            return HealthCheckResult.Healthy();
        };
        _bench.Add("hangs").IgnoresItsTokenFor(TimeSpan.FromHours(1));
        await _bench.StartAsync();
        _bench.Time.AdvanceSeconds(5);

        Assert.Equal(0.25, Assert.Single(_heard.Of(Prefix + "check.duration", ("check", "slow"))).Value, 3);
        Assert.Equal(5, Assert.Single(_heard.Of(Prefix + "check.duration", ("check", "hangs"))).Value, 3);
    }

    [Fact]
    public async Task Every_failed_run_is_counted_with_its_code_before_hysteresis_and_a_good_one_is_not()
    {
        var check = _bench.Add("db");
        await _bench.StartAsync();
        Assert.Equal(0, _heard.Count(Prefix + "check.failures"));

        check.Is(Failed("refused"));
        await RunAsync();
        await RunAsync();
        check.Is(Failed("no_such_queue"));
        await RunAsync();
        check.Is(HealthCheckResult.Degraded());
        await RunAsync();

        Assert.Equal(2, _heard.Sum(Prefix + "check.failures", ("check", "db"), ("error", "refused")));
        Assert.Equal(1, _heard.Sum(Prefix + "check.failures", ("check", "db"), ("error", "no_such_queue")));
        Assert.Equal(1, _heard.Sum(Prefix + "check.failures", ("check", "db"), ("error", "degraded")));
    }

    [Fact]
    public async Task Codes_without_end_are_twenty_of_each_check_and_other()
    {
        var (number, other) = (0, 0);
        _bench.Add("db").Answer = _ => Task.FromResult(Failed($"code_{number++}"));
        _bench.Add("queue").Answer = _ => Task.FromResult(Failed($"other_{other++}"));
        await _bench.StartAsync();
        for (var i = 0; i < 29; i++)
            await RunAsync();

        var codes = _heard.Of(Prefix + "check.failures", ("check", "db")).Select(kept => kept.Tags["error"]).ToList();
        Assert.Equal(30, codes.Count);
        Assert.Equal(21, codes.Distinct().Count());
        Assert.Equal(Enumerable.Repeat("other", 10), codes.Skip(20));
        Assert.Equal(10, _heard.Count(Prefix + "check.failures", ("check", "queue"), ("error", "other")));
    }

    [Fact]
    public async Task Transitions_are_counted_from_the_first_result_on_and_to_unknown_too()
    {
        var check = _bench.Add("db");
        await _bench.StartAsync();
        check.Is(Failed("auth"));
        await RunAsync();
        await RunAsync();
        check.IsWell();
        await RunAsync();
        _bench.Time.IsHalted = true; // No run comes any more.
        _bench.Time.AdvanceSeconds(200);
        Assert.Equal("unknown", StatusOf("db", "true"));

        Assert.Equal(
            ["unknown healthy", "healthy unhealthy", "unhealthy healthy", "healthy unknown"],
            _heard.Of(Prefix + "check.transitions", ("check", "db")).Select(kept => $"{kept.Tags["from"]} {kept.Tags["to"]}"));
    }

    [Fact]
    public async Task Live_ready_and_phase_follow_the_service_from_start_to_drain()
    {
        var db = _bench.Add("db", tags: CheckTags.Startup);
        var loop = _bench.Add("loop", tags: CheckTags.Live);
        db.Fails();
        await _bench.StartAsync();
        Assert.Equal((1, 0, "starting"), State());

        db.IsWell();
        await RunAsync();
        Assert.Equal((1, 1, "running"), State());

        loop.Is(Failed("certificate"));
        await RunAsync();
        Assert.Equal((0, 0, "running"), State());

        loop.IsWell();
        await RunAsync();
        _bench.Evaluator.BeginDrain();
        Assert.Equal((1, 0, "draining"), State());

        (double?, double?, string) State() => (Gauge("live"), Gauge("ready"),
            Assert.Single(_heard.Of(Prefix + "phase").TakeLast(3), kept => kept.Value == 1).Tags["phase"]);
    }

    [Fact]
    public async Task Start_takes_from_the_process_start_until_the_service_has_started_and_no_longer()
    {
        var db = _bench.Add("db", tags: CheckTags.Startup);
        db.Fails();
        await _bench.StartAsync();
        var first = Gauge("start.duration")!.Value;
        Assert.InRange(first, 0.001, 3600);
        _bench.Time.AdvanceSeconds(7);
        Assert.Equal(first + 7, Gauge("start.duration")!.Value, 3);

        db.IsWell();
        await RunAsync();
        var took = Gauge("start.duration");
        Assert.InRange(took!.Value, first + 7, first + 8);
        _bench.Time.AdvanceSeconds(60);
        Assert.Equal(took, Gauge("start.duration"));
        Assert.InRange(Gauge("process.uptime")!.Value, first + 67, first + 69);
    }

    [Fact]
    public async Task Drain_lasts_since_the_first_signal_and_is_nothing_before()
    {
        await _bench.StartAsync();
        Assert.Null(Gauge("drain.duration"));
        _bench.Evaluator.BeginDrain();
        _bench.Time.AdvanceSeconds(3);
        _bench.Evaluator.BeginDrain();
        _bench.Time.AdvanceSeconds(2);
        Assert.Equal(5, Gauge("drain.duration")!.Value, 3);
    }

    [Fact]
    public async Task Process_shows_what_the_status_page_shows()
    {
        await _bench.StartAsync();
        Assert.Null(Gauge("process.cpu")); // Of one sample there is no share.
        _bench.Time.AdvanceSeconds(2);
        Assert.Equal(_bench.Evaluator.Usage.MemoryUsed, Gauge("process.memory.used"));
        Assert.Equal(_bench.Evaluator.Usage.MemoryLimit, Gauge("process.memory.limit"));
        Assert.Equal(_bench.Evaluator.Usage.Cpu, Gauge("process.cpu"));
        Assert.True(Gauge("process.memory.used") > 0);
    }

    [Fact]
    public async Task Disks_are_those_of_our_checks_and_not_what_others_call_free()
    {
        _bench.Checks.AddDiskCheck("disk");
        _bench.Add("stranger").Is(HealthCheckResult.Healthy(data: new Dictionary<string, object> { ["free"] = 5L, ["usedRatio"] = 0.5 }));
        await _bench.StartAsync();
        await RunAsync();

        _heard.Clear();
        _heard.Collect();
        var free = Assert.Single(_heard.Of(Prefix + "disk.free"));
        Assert.Equal("disk", free.Tags["check"]);
        Assert.Equal((long)_bench.Current["disk"]!.Data["free"]!, free.Value);
        Assert.Equal((double)_bench.Current["disk"]!.Data["usedRatio"]!, Assert.Single(_heard.Of(Prefix + "disk.used")).Value);
    }

    [Fact]
    public async Task Disk_that_is_not_there_measures_nothing()
    {
        _bench.Checks.AddDiskCheck("disk", disk => disk.Path = "/nowhere/at/all");
        await _bench.StartAsync();
        await RunAsync();
        Assert.Null(Gauge("disk.free"));
        Assert.Null(Gauge("disk.used"));
    }

    [Fact]
    public async Task Nothing_is_measured_before_the_start_and_after_the_end()
    {
        _bench.Add("db");
        await _bench.StartAsync(() => Assert.Empty(_heard.Collect().All));
        Assert.NotEmpty(_heard.Collect().All);
        await _bench.StopAsync();
        _heard.Clear();
        Assert.Empty(_heard.Collect().All);
        _bench.Dispose();
        Assert.Empty(_heard.Collect().All);
    }

    [Fact]
    public async Task Services_without_a_meter_factory_have_a_meter_of_their_own_that_ends_with_them()
    {
        var services = new ServiceCollection().AddLogging().AddSingleton<TimeProvider>(_bench.Time).AddHealthEvaluator();
        await using (var provider = services.BuildServiceProvider())
        {
            Assert.Null(provider.GetService<IMeterFactory>());
            await provider.GetRequiredService<HealthEvaluator>().StartAsync();
            Assert.Equal(1, Gauge("live"));
        }

        Assert.Null(Gauge("live"));
        Assert.DoesNotContain(_heard.Instruments, instrument => instrument.Enabled);
    }

    [Fact]
    public async Task Listener_that_throws_ends_no_loop_and_hides_nothing()
    {
        var check = _bench.Add("db");
        using var faulty = new MeterListener();
        faulty.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Name == TelemetryNames.Meter) // Not the runtime's, which count exceptions.
                listener.EnableMeasurementEvents(instrument);
        };
        faulty.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("broken"));
        faulty.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("broken"));
        faulty.Start();
        check.Fails();
        await _bench.StartAsync();
        check.IsWell();
        await RunAsync();

        Assert.Equal(HealthStatus.Healthy, _bench.Current["db"]!.Status);
        Assert.DoesNotContain(_bench.Log.Lines, line => line.Contains("loop of check", StringComparison.Ordinal));
    }

    [Fact]
    public void Without_a_listener_a_run_allocates_nothing_for_metrics()
    {
        _heard.Dispose();
        using var metrics = new HealthMetrics(null, []);
        var codes = new ErrorCodes();
        var run = RunResult.TimedOut(HealthStatus.Unhealthy, "late", TimeSpan.FromSeconds(5));
        var before = new CheckSnapshot { Name = "db", Tags = new HashSet<string>(), IsCritical = true };
        var now = before with { IsKnown = true };
        metrics.Ran("db", run, codes, before, now);

        var allocated = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            metrics.Ran("db", run, codes, before, now);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - allocated);
    }

    public void Dispose()
    {
        _heard.Dispose();
        _bench.Dispose();
    }

    private static HealthCheckResult Failed(string code) => HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { [CheckErrors.DataKey] = code });

    /// <summary>Has every check run once more.</summary>
    private async Task RunAsync()
    {
        _bench.Time.AdvanceSeconds(1);
        await _bench.RefreshAsync();
        FakeTime.Settle();
    }

    private double? Gauge(string name, params (string, string)[] tags)
    {
        _heard.Clear();
        return _heard.Collect().Last(Prefix + name, tags);
    }

    /// <summary>The state that is one, of four.</summary>
    private string StatusOf(string check, string critical)
    {
        var before = _heard.Count(Prefix + "check.status");
        var states = _heard.Collect().Of(Prefix + "check.status", ("check", check), ("critical", critical)).TakeLast(4).ToList();
        Assert.Equal(before + 4, _heard.Count(Prefix + "check.status"));
        Assert.Equal(["healthy", "degraded", "unhealthy", "unknown"], states.Select(kept => kept.Tags["status"]));
        return Assert.Single(states, kept => kept.Value == 1).Tags["status"];
    }
}

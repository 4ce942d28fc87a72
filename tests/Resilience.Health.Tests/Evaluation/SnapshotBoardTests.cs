using System.Collections.Concurrent;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>Phases, liveness, and what is no longer believed.</summary>
[Collection(VirtualTime.Name)]
public sealed class SnapshotBoardTests
{
    [Fact]
    public async Task Phase_is_starting_until_every_check_has_run_and_never_again()
    {
        using var bench = new EvaluatorBench();
        bench.Add("slow").IgnoresItsTokenFor(TimeSpan.FromSeconds(3));
        var db = bench.Add("db");
        await bench.StartAsync();
        Assert.Equal((HealthPhase.Starting, "starting", false, true), (bench.Current.Phase, bench.Current.Word, bench.Current.IsReady, bench.Current.IsLive));
        bench.Time.AdvanceSeconds(3.1);
        Assert.Equal((HealthPhase.Running, "ok", true), (bench.Current.Phase, bench.Current.Word, bench.Current.IsReady));
        db.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal((HealthPhase.Running, "error", false, true), (bench.Current.Phase, bench.Current.Word, bench.Current.IsReady, bench.Current.IsLive));
        bench.Evaluator.BeginDrain();
        Assert.Equal((HealthPhase.Draining, "draining", false, true), (bench.Current.Phase, bench.Current.Word, bench.Current.IsReady, bench.Current.IsLive));
        db.IsWell();
        bench.Time.AdvanceSeconds(30);
        Assert.Equal(HealthPhase.Draining, bench.Current.Phase);
        Assert.Single(bench.Log.Lines, line => line.Contains("Started: all 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Startup_check_holds_the_start_until_it_has_been_well_once()
    {
        using var bench = new EvaluatorBench();
        var db = bench.Add("db", HealthStatus.Unhealthy, "STARTUP");
        db.Fails();
        bench.Add("cache", HealthStatus.Degraded, CheckTags.Startup).Fails(); // Optional: holds nothing.
        bench.Add("other").Fails(); // Not needed for the start.
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(30);
        Assert.Equal(HealthPhase.Starting, bench.Current.Phase);
        db.IsWell();
        bench.Time.AdvanceSeconds(2);
        Assert.Equal((HealthPhase.Running, "error"), (bench.Current.Phase, bench.Current.Word));
        db.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal(HealthPhase.Running, bench.Current.Phase);
    }

    [Fact]
    public async Task Service_that_nobody_asks_about_starts_all_the_same()
    {
        using var bench = new EvaluatorBench();
        bench.Add("other");
        var db = bench.Add("db", HealthStatus.Unhealthy, CheckTags.Startup);
        db.Fails();
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(3);
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("Started: all 2", StringComparison.Ordinal));
        db.IsWell();
        bench.Time.AdvanceSeconds(3);
        Assert.Single(bench.Log.Lines, line => line.Contains("Started: all 2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Snapshot_is_another_after_a_run_and_the_same_until_the_next()
    {
        using var bench = new EvaluatorBench();
        bench.Add("db");
        bench.Add("cache");
        await bench.StartAsync();
        var first = bench.Current;
        var waiting = bench.Evaluator.WaitForChangeAsync(first, CancellationToken.None);
        Assert.False(waiting.IsCompleted);
        bench.Time.AdvanceSeconds(60);
        FakeTime.Settle();

        Assert.True(waiting.IsCompletedSuccessfully);
        Assert.NotSame(first, bench.Current);
        Assert.Same(bench.Current, bench.Current);
        Assert.Same(bench.Current, await bench.Evaluator.WaitForChangeAsync(first, CancellationToken.None));
    }

    [Fact]
    public async Task Round_of_many_checks_costs_no_more_for_each_than_one_of_few()
    {
        var few = await BytesPerRunAsync(20);
        var many = await BytesPerRunAsync(500);

        Assert.True(many < 1.5 * few, $"{few:N0} bytes per run with 20 checks, {many:N0} with 500"); // A copy of all for each run: 500 references more, 4,000 bytes.
    }

    [Fact]
    public async Task Host_without_checks_is_started_and_well()
    {
        using var bench = new EvaluatorBench();
        await bench.StartAsync();
        Assert.Equal((HealthPhase.Running, "ok", true, true), (bench.Current.Phase, bench.Current.Word, bench.Current.IsReady, bench.Current.IsLive));
        bench.Time.AdvanceSeconds(100);
        Assert.True(bench.Current.IsLive);
    }

    [Fact]
    public async Task Live_checks_decide_liveness_and_nothing_else_and_others_do_not()
    {
        using var bench = new EvaluatorBench();
        var live = bench.Add("loop", HealthStatus.Unhealthy, "Live");
        var db = bench.Add("db");
        await bench.StartAsync();
        db.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal((true, null, false), (bench.Current.IsLive, bench.Current.LiveError, bench.Current.IsReady));
        db.IsWell();
        live.Is(HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { ["error"] = CheckErrors.Stalled }));
        bench.Time.AdvanceSeconds(100);
        Assert.Equal((false, CheckErrors.Stalled, false, "error"), (bench.Current.IsLive, bench.Current.LiveError, bench.Current.IsReady, bench.Current.Word));
        live.IsWell();
        bench.Time.AdvanceSeconds(20);
        Assert.True(bench.Current.IsLive);
    }

    [Fact]
    public async Task Degraded_is_started_enough_and_being_told_to_stop_is_not()
    {
        using var bench = new EvaluatorBench();
        var disk = bench.Add("disk", HealthStatus.Unhealthy, CheckTags.Startup);
        disk.Fails();
        await bench.StartAsync();
        Assert.Equal((HealthPhase.Starting, false), (bench.Current.Phase, bench.Current.HasStarted));
        bench.Evaluator.BeginDrain();
        Assert.Equal((HealthPhase.Draining, false), (bench.Current.Phase, bench.Current.HasStarted));

        using var other = new EvaluatorBench();
        other.Add("disk", HealthStatus.Unhealthy, CheckTags.Startup).Is(HealthCheckResult.Degraded());
        await other.StartAsync();
        Assert.Equal((HealthPhase.Running, true, true, "degraded"), (other.Current.Phase, other.Current.HasStarted, other.Current.IsReady, other.Current.Word));
    }

    [Fact]
    public async Task Live_check_that_has_not_run_yet_has_not_failed()
    {
        using var bench = new EvaluatorBench();
        bench.Add("loop", HealthStatus.Unhealthy, CheckTags.Live).IgnoresItsTokenFor(TimeSpan.FromMinutes(1));
        await bench.StartAsync();
        Assert.Equal((true, null), (bench.Current.IsLive, bench.Current.LiveError));
        bench.Time.AdvanceSeconds(5.1);
        Assert.Equal((false, CheckErrors.Timeout), (bench.Current.IsLive, bench.Current.LiveError));
    }

    [Fact]
    public async Task Result_too_old_is_unknown_logged_once_and_known_again_after_a_run()
    {
        using var bench = new EvaluatorBench();
        var db = bench.Add("db");
        bench.Add("cache", HealthStatus.Degraded);
        await bench.StartAsync();
        bench.Time.AdvanceUntil(() => db.Runs == 4, TimeSpan.FromMinutes(1));
        bench.Time.IsHalted = true; // Whatever waits, waits for ever: loops and beat alike.
        bench.Time.Push(TimeSpan.FromSeconds(94));
        Assert.True(bench.Current["db"]?.IsKnown); // Three periods and the timeout.
        bench.Time.Push(TimeSpan.FromSeconds(36));
        var seen = new ConcurrentBag<HealthSnapshot>();
        Parallel.For(0, 1_000, _ => seen.Add(bench.Current));
        var (runs, stale) = (db.Runs, Assert.Single(seen.Distinct()));
        Assert.Equal((false, HealthStatus.Unhealthy, "unknown", CheckErrors.Stale), (stale["db"]?.IsKnown, stale["db"]?.Status, stale["db"]?.Word, stale["db"]?.Error));
        Assert.Equal((HealthStatus.Degraded, false), (stale["cache"]?.Status, stale["cache"]?.IsKnown));
        Assert.Equal(("error", HealthPhase.Running), (stale.Word, stale.Phase));
        Assert.Equal(2, bench.Log.Lines.Count(line => line.Contains("is unknown: its last result is", StringComparison.Ordinal)));

        bench.Time.Push(TimeSpan.FromSeconds(25));
        bench.Time.IsHalted = false;
        bench.Time.AdvanceSeconds(1);
        var again = bench.Current;
        Assert.Equal((runs + 1, true, "ok", HealthStatus.Healthy), (db.Runs, again["db"]?.IsKnown, again["db"]?.Word, again["db"]?.Status));
        Assert.Equal([HealthStatus.Healthy, HealthStatus.Unhealthy, HealthStatus.Healthy], again["db"]?.History.Select(change => change.Status));
        Assert.Equal(again["db"]?.CheckedAt, again["db"]?.Since);
        Assert.Contains(bench.Log.Lines, line => line.StartsWith("Information: Check db is ok again after 25", StringComparison.Ordinal));
        Assert.True(again.IsReady && again.IsLive);
    }

    [Fact]
    public async Task Evaluator_that_has_stopped_moving_is_not_live_until_it_moves_again()
    {
        using var bench = new EvaluatorBench(("Health:StaleAfter", "01:00:00"));
        bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5.5);
        bench.Time.IsHalted = true;
        bench.Time.Push(TimeSpan.FromSeconds(14.4));
        Assert.True(bench.Current.IsLive);
        bench.Time.Push(TimeSpan.FromSeconds(0.2));
        Assert.Equal((false, CheckErrors.Stalled, false), (bench.Current.IsLive, bench.Current.LiveError, bench.Current.IsReady));
        Assert.Same(bench.Current, bench.Current);
        bench.Time.Push(TimeSpan.FromSeconds(100));
        Assert.False(bench.Current.IsLive);
        bench.Time.IsHalted = false;
        bench.Time.AdvanceSeconds(1);
        Assert.Equal((true, null), (bench.Current.IsLive, bench.Current.LiveError));
        Assert.Single(bench.Log.Lines, line => line.StartsWith("Critical: The evaluator", StringComparison.Ordinal));
        Assert.Single(bench.Log.Lines, line => line.StartsWith("Information: The evaluator of health checks moves again", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Evaluator_not_yet_started_or_stopped_is_not_stalled()
    {
        using var bench = new EvaluatorBench();
        bench.Add("db");
        await bench.StartAsync(() => bench.Time.Push(TimeSpan.FromMinutes(5)));
        Assert.True(bench.Current.IsLive);
        await bench.StopAsync();
        bench.Time.Push(TimeSpan.FromMinutes(1));
        Assert.True(bench.Current.IsLive);
        Assert.DoesNotContain(bench.Log.Lines, line => line.StartsWith("Critical", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(60)]
    [InlineData(3_000)]
    public async Task Clock_that_jumps_leaves_everything_going(int seconds)
    {
        using var bench = new EvaluatorBench();
        var db = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(50);
        bench.Time.IsHalted = true;
        bench.Time.Push(TimeSpan.FromSeconds(seconds));
        bench.Time.IsHalted = false;
        FakeTime.Settle();
        bench.Time.AdvanceSeconds(35);
        Assert.Equal((HealthStatus.Healthy, true, 1), (bench.Current["db"]?.Status, bench.Current.IsLive, db.MostAtOnce));
    }

    [Fact]
    public async Task Sparse_check_is_believed_for_three_of_its_own_periods_whatever_is_set_for_all()
    {
        using var bench = new EvaluatorBench(("Health:StaleAfter", "00:02:00"), ("Health:Checks:sparse:Period", "00:10:00"), ("Health:Checks:slow:Timeout", "00:05:00"));
        bench.Add("sparse");
        var slow = bench.Add("slow");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(100);
        slow.IgnoresItsTokenFor(TimeSpan.FromMinutes(4.5));
        for (var i = 0; i < 30; i++)
        {
            bench.Time.AdvanceSeconds(30);
            Assert.All(bench.Current.Checks, check => Assert.True(check.IsKnown, check.Name));
        }
    }

    [Fact]
    public async Task Logger_that_throws_or_asks_back_harms_nobody()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        bench.Builder.Logging.AddProvider(new HostileLogger(() => bench.Current.Word));
        await bench.StartAsync();
        check.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal(HealthStatus.Unhealthy, bench.Current["db"]?.Status);
        var runs = check.Runs;
        bench.Time.AdvanceSeconds(20);
        Assert.True(check.Runs > runs + 10); // Its rhythm is not that of a loop that fails.
        bench.Time.IsHalted = true;
        bench.Time.Push(TimeSpan.FromMinutes(5));
        Assert.False(bench.Current["db"]?.IsKnown);
        await bench.StopAsync();
    }

    private sealed class HostileLogger(Func<string> ask) : ILoggerProvider, ILogger
    {
        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            if (eventId.Id is > 0 and < 100 && state?.ToString()?.Contains("heck", StringComparison.Ordinal) == true)
                throw new InvalidOperationException(ask());
        }

        public void Dispose()
        {
        }
    }

    private static async Task<double> BytesPerRunAsync(int checks)
    {
        const int Rounds = 5;
        using var bench = new EvaluatorBench(("Health:MinRefreshInterval", "00:00:00"));
        for (var i = 0; i < checks; i++)
            bench.Add($"check-{i}");
        await bench.StartAsync();
        await bench.RefreshAsync();
        var before = GC.GetTotalAllocatedBytes(precise: true);
        for (var round = 0; round < Rounds; round++)
            await bench.RefreshAsync();
        return (double)(GC.GetTotalAllocatedBytes(precise: true) - before) / Rounds / checks;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>When checks run, and what is kept of what they say.</summary>
[Collection(VirtualTime.Name)]
public sealed class CheckLoopTests
{
    [Fact]
    public async Task Check_runs_at_once_then_settles_then_runs_once_a_period()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(200);
        var gaps = Gaps(check);
        Assert.Equal(TimeSpan.Zero, check.Times[0]);
        Assert.All(gaps.Take(2), gap => Assert.InRange(gap, 9, 11));
        Assert.All(gaps.Skip(2), gap => Assert.InRange(gap, 27, 33));
        Assert.True(gaps.Skip(2).Distinct().Count() > 1);
    }

    [Fact]
    public async Task Failed_check_is_asked_again_after_two_percent_of_its_outage()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        check.Fails();
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(40);
        Assert.All(Gaps(check), gap => Assert.InRange(gap, 0.9, 1.1));
        bench.Time.AdvanceSeconds(160); // 200 s down: 4 s.
        Assert.InRange(Gaps(check)[^1], 3.4, 4.5);
        bench.Time.Advance(TimeSpan.FromMinutes(20));
        Assert.InRange(Gaps(check)[^1], 9, 11);
        check.IsWell();
        Assert.InRange(bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Healthy, TimeSpan.FromMinutes(1)).TotalSeconds, 0, 11);
        bench.Time.AdvanceSeconds(100);
        check.Fails(); // The outage that follows starts from nothing.
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Unhealthy, TimeSpan.FromMinutes(2));
        bench.Time.AdvanceSeconds(3);
        Assert.InRange(Gaps(check)[^1], 0.9, 1.1);
    }

    [Fact]
    public async Task State_its_begin_and_its_history_follow_the_hysteresis()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        var start = bench.Time.GetUtcNow();
        bench.Time.AdvanceSeconds(50);
        var well = bench.Current["db"];
        Assert.Equal((start, 0), (well?.Since, well?.Failures));
        Assert.Equal([new CheckChange(start, HealthStatus.Healthy, null)], well?.History);

        check.Fails();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Failures == 2, TimeSpan.FromMinutes(2));
        var blip = bench.Current["db"];
        Assert.Equal((HealthStatus.Healthy, HealthStatus.Unhealthy, "ok", CheckErrors.Failed, start), (blip?.Status, blip?.RawStatus, blip?.Word, blip?.Error, blip?.Since));
        Assert.Single(blip?.History ?? []);

        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Failures == 3, TimeSpan.FromMinutes(2));
        var down = bench.Current["db"];
        var failed = bench.Time.GetUtcNow();
        Assert.Equal((HealthStatus.Unhealthy, "error", failed, failed), (down?.Status, down?.Word, down?.Since, down?.CheckedAt));
        Assert.Equal([new(start, HealthStatus.Healthy, null), new CheckChange(failed, HealthStatus.Unhealthy, CheckErrors.Failed)], down?.History);
        Assert.Equal("broken", down?.Description);

        check.IsWell();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Healthy, TimeSpan.FromMinutes(2));
        var again = bench.Current["db"];
        Assert.Equal((3, bench.Time.GetUtcNow(), check.Runs), (again?.History.Count, again?.Since, again?.Runs));
        Assert.Null(again?.Error);
    }

    [Fact]
    public async Task History_keeps_the_last_fifty_changes()
    {
        using var bench = new EvaluatorBench(("Health:FailureThreshold", "1"));
        var check = bench.Add("db");
        var well = false;
        check.Answer = _ => Task.FromResult((well = !well) ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy());
        await bench.StartAsync();
        bench.Time.AdvanceUntil(() => check.Runs > 120, TimeSpan.FromHours(1));
        var history = bench.Current["db"]?.History ?? [];
        Assert.Equal(50, history.Count);
        Assert.Equal(bench.Current["db"]?.Since, history[^1].At);
        Assert.Equal(history.OrderBy(change => change.At), history);
        Assert.All(history.Zip(history.Skip(1)), pair => Assert.NotEqual(pair.First.Status, pair.Second.Status));
    }

    [Fact]
    public async Task Error_of_a_failed_check_stays_until_it_counts_as_well_again()
    {
        using var bench = new EvaluatorBench(("Health:SuccessThreshold", "2"), ("Health:FailureThreshold", "1"));
        var check = bench.Add("db");
        await bench.StartAsync();
        check.Answer = _ => throw new TimeoutException();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Unhealthy, TimeSpan.FromMinutes(2));
        check.IsWell();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.RawStatus == HealthStatus.Healthy, TimeSpan.FromMinutes(2));
        Assert.Equal((HealthStatus.Unhealthy, CheckErrors.Timeout, "error"), (bench.Current["db"]?.Status, bench.Current["db"]?.Error, bench.Current["db"]?.Word));
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Healthy, TimeSpan.FromMinutes(2));
        Assert.Null(bench.Current["db"]?.Error);
    }

    [Fact]
    public async Task Definitive_failure_counts_at_once()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        check.Is(HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { ["error"] = CheckErrors.Authentication }));
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Failures > 0, TimeSpan.FromSeconds(12));
        Assert.Equal((HealthStatus.Unhealthy, 1), (bench.Current["db"]?.Status, bench.Current["db"]?.Failures));
    }

    [Fact]
    public async Task Optional_check_is_never_worse_than_degraded()
    {
        using var bench = new EvaluatorBench(("Health:Checks:mail:Critical", "false"));
        bench.Add("cache", HealthStatus.Degraded).Fails();
        bench.Add("mail").Answer = _ => throw new InvalidOperationException();
        await bench.StartAsync();
        Assert.All(bench.Current.Checks, check => Assert.Equal((false, HealthStatus.Degraded, "degraded"), (check.IsCritical, check.Status, check.Word)));
        Assert.Equal(HealthStatus.Unhealthy, bench.Current["cache"]?.RawStatus);
        Assert.Equal((true, "degraded"), (bench.Current.IsReady, bench.Current.Word));
    }

    [Fact]
    public async Task Word_for_success_is_the_configured_one_or_the_checks_own_or_ok()
    {
        using var bench = new EvaluatorBench(("Health:Checks:db:HealthyText", "connected"));
        bench.Add("db").Is(HealthCheckResult.Healthy("fine"));
        var own = bench.Add("own");
        own.Is(HealthCheckResult.Healthy("configured"));
        bench.Add("prose").Is(HealthCheckResult.Healthy("All 3 replicas are there"));
        bench.Add("silent");
        await bench.StartAsync();
        Assert.Equal(["connected", "configured", "ok", "ok"], bench.Current.Checks.Select(check => check.Word));
        own.Fails();
        bench.Time.AdvanceUntil(() => bench.Current["own"]?.RawStatus == HealthStatus.Unhealthy, TimeSpan.FromMinutes(1));
        Assert.Equal("configured", bench.Current["own"]?.Word); // While it is a blip.
        own.IsWell();
        bench.Time.AdvanceUntil(() => bench.Current["own"]?.RawStatus == HealthStatus.Healthy, TimeSpan.FromMinutes(1));
        Assert.Equal("ok", bench.Current["own"]?.Word);
    }

    [Fact]
    public async Task Checks_have_names_and_tags_and_are_unknown_before_they_have_run()
    {
        using var bench = new EvaluatorBench();
        bench.Add("db", HealthStatus.Unhealthy, "Data").IgnoresItsTokenFor(TimeSpan.FromSeconds(2));
        bench.Add("cache", HealthStatus.Degraded).IgnoresItsTokenFor(TimeSpan.FromSeconds(2));
        await bench.StartAsync();
        Assert.Equal(["db", "cache"], bench.Current.Checks.Select(check => check.Name));
        Assert.Contains("data", bench.Current["DB"]?.Tags ?? new HashSet<string>());
        Assert.Equal([HealthStatus.Unhealthy, HealthStatus.Degraded], bench.Current.Checks.Select(check => check.Status));
        Assert.All(bench.Current.Checks, check => Assert.Equal((false, "unknown", CheckErrors.NotRun, 0L), (check.IsKnown, check.Word, check.Error, check.Runs)));
        bench.Time.AdvanceSeconds(2.1);
        Assert.All(bench.Current.Checks, check => Assert.Equal((true, "ok", 1L), (check.IsKnown, check.Word, check.Runs)));
    }

    [Fact]
    public async Task Wall_clock_set_back_or_forward_changes_nothing_but_times_shown()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.SetUtcNow(bench.Time.GetUtcNow().AddDays(-400));
        bench.Time.AdvanceSeconds(100);
        bench.Time.SetUtcNow(bench.Time.GetUtcNow().AddDays(800));
        bench.Time.AdvanceSeconds(100);
        Assert.InRange(check.Runs, 7, 9);
        Assert.True(bench.Current["db"]?.IsKnown);
        Assert.True(bench.Current.IsLive);
        check.Fails();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Unhealthy, TimeSpan.FromMinutes(2));
        bench.Time.SetUtcNow(bench.Time.GetUtcNow().AddDays(-1));
        check.IsWell();
        bench.Time.AdvanceUntil(() => bench.Current["db"]?.Status == HealthStatus.Healthy, TimeSpan.FromMinutes(2));
        Assert.Contains(bench.Log.Lines, line => line.StartsWith("Information: Check db is ok again after 1.", StringComparison.Ordinal)
            || line.StartsWith("Information: Check db is ok again after 0.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Refresh_by_fifty_at_once_is_one_run()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        check.Answer = async token =>
        {
            await bench.Time.Delay(TimeSpan.FromSeconds(1), token);
            return HealthCheckResult.Healthy();
        };
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5);
        Assert.Equal(1, check.Runs);
        var all = Enumerable.Range(0, 50).Select(_ => bench.RefreshAsync()).ToArray();
        FakeTime.Settle();
        var late = bench.RefreshAsync(); // Joins the run under way.
        Assert.All(all, refresh => Assert.False(refresh.IsCompleted));
        bench.Time.AdvanceSeconds(1.01);
        await Task.WhenAll(all);
        Assert.Equal(2, (await late)["db"]?.Runs);
        Assert.Equal((2, 1), (check.Runs, check.MostAtOnce));
    }

    [Fact]
    public async Task Refresh_does_not_repeat_what_has_just_run()
    {
        using var bench = new EvaluatorBench(("Health:MinRefreshInterval", "00:00:03"));
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(2.9);
        await bench.RefreshAsync();
        Assert.Equal(1, check.Runs);
        bench.Time.AdvanceSeconds(0.2);
        await bench.RefreshAsync();
        Assert.Equal(2, check.Runs);
        await bench.RefreshAsync();
        Assert.Equal(2, check.Runs);
    }

    [Fact]
    public async Task Refresh_given_up_by_one_harms_nobody()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(5);
        check.IgnoresItsTokenFor(TimeSpan.FromSeconds(1));
        using var impatient = new CancellationTokenSource();
        var one = bench.Evaluator.RefreshAsync(impatient.Token);
        var other = bench.RefreshAsync();
        FakeTime.Settle();
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => one.Within());
        bench.Time.AdvanceSeconds(1.01);
        Assert.Equal(HealthStatus.Healthy, (await other)["db"]?.Status);
        Assert.Equal(2, check.Runs);
    }

    [Fact]
    public async Task Refresh_before_the_start_and_after_the_stop_ends()
    {
        using var bench = new EvaluatorBench();
        bench.Add("db").IgnoresItsTokenFor(TimeSpan.FromHours(1));
        using (var unstarted = bench.Builder.Services.BuildServiceProvider())
            Assert.Equal(HealthPhase.Starting, (await unstarted.GetRequiredService<IHealthEvaluator>().RefreshAsync(TestContext.Current.CancellationToken)).Phase);
        await bench.StartAsync();
        var under = bench.RefreshAsync();
        await bench.StopAsync();
        await under;
        await bench.RefreshAsync();
        await bench.ReadAsync();
    }

    [Fact]
    public async Task Refresh_waits_no_longer_than_the_deadline()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(2);
        check.IgnoresItsTokenFor(TimeSpan.FromHours(1));
        var refresh = bench.RefreshAsync();
        bench.Time.AdvanceSeconds(5.01);
        Assert.Equal(CheckErrors.Timeout, (await refresh)["db"]?.Error);
    }

    [Fact]
    public async Task Refreshes_that_never_cease_cause_no_overlap_and_keep_their_distance()
    {
        using var bench = new EvaluatorBench();
        var checks = Enumerable.Range(0, 5).Select(i => bench.Add($"check{i}")).ToArray();
        checks[0].Fails();
        checks[1].IgnoresItsTokenFor(TimeSpan.FromSeconds(0.3));
        checks[2].IgnoresItsTokenFor(TimeSpan.FromSeconds(20));
        await bench.StartAsync();
        for (var i = 0; i < 300; i++)
        {
            for (var k = 0; k < 5; k++)
                _ = bench.RefreshAsync();
            bench.Time.AdvanceMilliseconds(99);
        }

        Assert.All(checks, check => Assert.Equal(1, check.MostAtOnce));
        foreach (var check in checks.Take(2))
            Assert.All(Gaps(check), gap => Assert.InRange(gap, 0.89, 1.5));
        Assert.InRange(checks[2].Runs, 2, 3);
    }

    [Fact]
    public async Task Refreshes_of_many_threads_at_once_are_all_answered_with_a_run_since()
    {
        using var bench = new EvaluatorBench(("Health:MinRefreshInterval", "00:00:00"));
        var checks = Enumerable.Range(0, 10).Select(i => bench.Add($"check{i}")).ToArray();
        foreach (var check in checks.Take(5))
        {
            check.Answer = async _ =>
            {
                await Task.Yield();
                return HealthCheckResult.Healthy();
            };
        }

        await bench.StartAsync();
        await Parallel.ForAsync(0, 5_000, new ParallelOptions { MaxDegreeOfParallelism = 8 }, async (_, _) =>
        {
            var before = bench.Current.Checks.Select(check => check.Runs).ToArray();
            var after = (await bench.RefreshAsync()).Checks.Select(check => check.Runs);
            Assert.All(before.Zip(after), pair => Assert.True(pair.First < pair.Second));
        }).Within();
        Assert.All(checks, check => Assert.Equal(1, check.MostAtOnce));
        FakeTime.Settle();
        Assert.Equal(checks.Select(check => (long)check.Runs), bench.Current.Checks.Select(check => check.Runs));
    }

    [Fact]
    public void Only_what_was_found_too_old_expires_and_not_what_came_since()
    {
        var time = new FakeTime();
        var registration = new HealthCheckRegistration("db", _ => new ScriptedCheck(time), null, null);
        var settings = CheckSettings.Of(registration, null, new HealthOptions());
        using var services = new ServiceCollection().BuildServiceProvider();
        using var slots = new SemaphoreSlim(1);
        var log = new HealthLog(new ListLogger());
        using var metrics = new HealthMetrics(null, []);
        var loop = new CheckLoop(registration, settings, new(registration, services.GetRequiredService<IServiceScopeFactory>(), slots, slots, time), new(time), time, log, metrics, () => { });
        var known = loop.Snapshot;
        Assert.Null(loop.Expire(known with { Runs = 7 }));
        Assert.Same(known, loop.Snapshot);
        Assert.NotNull(loop.Expire(known));
        Assert.Equal(CheckErrors.Stale, loop.Snapshot.Error);
        Assert.Null(loop.Expire(known));
    }

    [Fact]
    public async Task On_demand_checks_run_at_start_and_then_only_when_asked_and_old()
    {
        using var bench = new EvaluatorBench(("Health:Mode", "ondemand"));
        var check = bench.Add("db");
        await bench.StartAsync();
        Assert.Equal((1, HealthPhase.Running), (check.Runs, bench.Current.Phase));
        bench.Time.Advance(TimeSpan.FromMinutes(50));
        Assert.Equal((1, HealthStatus.Healthy, true), (check.Runs, bench.Current["db"]?.Status, bench.Current.IsLive));
        var readers = Enumerable.Range(0, 50).Select(_ => bench.ReadAsync()).ToArray();
        await Task.WhenAll(readers);
        Assert.Equal(2, check.Runs);
        bench.Time.AdvanceSeconds(29);
        await bench.ReadAsync();
        Assert.Equal(2, check.Runs);
        bench.Time.AdvanceSeconds(2);
        Assert.Equal(bench.Time.GetUtcNow(), (await bench.ReadAsync())["db"]?.CheckedAt);
        Assert.Equal(3, check.Runs);
        bench.Time.AdvanceSeconds(2);
        await bench.RefreshAsync();
        Assert.Equal(4, check.Runs);
    }

    [Fact]
    public async Task Background_reading_is_what_is_there()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(7);
        var read = bench.Evaluator.ReadAsync(TestContext.Current.CancellationToken);
        Assert.True(read.IsCompletedSuccessfully);
        Assert.Same(bench.Current, await read);
        Assert.Equal(1, check.Runs);
    }

    private static double[] Gaps(ScriptedCheck check) =>
        [.. check.Times.Zip(check.Times.Skip(1)).Select(pair => (pair.Second - pair.First).TotalSeconds)];
}

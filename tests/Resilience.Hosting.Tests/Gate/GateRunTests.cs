using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>How checks are run while the gate waits for them.</summary>
[Collection(VirtualTime.Name)]
public sealed class GateRunTests
{
    [Fact]
    public async Task Check_that_throws_is_waited_for()
    {
        using var bench = new GateBench();
        bench.Add("db").Answer = _ => bench.Time.Elapsed < TimeSpan.FromSeconds(3) ? throw new InvalidOperationException("no pool, password=hunter2") : Task.FromResult(HealthCheckResult.Healthy());
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.Contains(bench.Said, line => line.StartsWith("db is not there yet, the check throws (InvalidOperationException: no pool", StringComparison.Ordinal));
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("hunter2", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Check_whose_factory_throws_is_waited_for()
    {
        using var bench = new GateBench();
        bench.Builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(
            "db", _ => bench.Time.Elapsed < TimeSpan.FromSeconds(3) ? throw new InvalidOperationException("not yet") : new GateCheck(bench.Time) { Answer = _ => Task.FromResult(HealthCheckResult.Healthy()) },
            HealthStatus.Unhealthy, [CheckTags.Startup]));
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 3, 3.06);
        Assert.Contains("db is not there yet, the check cannot be created (InvalidOperationException: not yet)", bench.Said);
    }

    [Fact]
    public void Run_that_hangs_is_given_up_after_2_seconds_and_later_after_a_quarter_of_the_wait()
    {
        using var bench = new GateBench(("Health:Timeout", "00:00:06"), ("StartupGate:Timeout", "00:02:00"));
        var check = bench.Add("db");
        check.HangsUntil(90);
        _ = bench.Start();

        bench.UntilOpen();

        var tries = check.Times.Zip(check.Times.Skip(1), (from, to) => (At: from.TotalSeconds, Took: (to - from).TotalSeconds)).ToList();
        Assert.All(tries.Where(run => run.At <= 8), run => Assert.InRange(run.Took, 2, 2.25));
        Assert.All(tries.Where(run => run.At is > 8 and <= 24), run => Assert.InRange(run.Took, run.At / 4, run.At / 4 + 0.5));
        Assert.All(tries.Where(run => run.At > 24), run => Assert.InRange(run.Took, 6, 6.5));
        Assert.True(tries.Count(run => run.At > 24) > 5);
    }

    [Theory]
    [InlineData(0.3)]
    [InlineData(7)]
    public void Check_with_a_timeout_of_its_own_keeps_it(double seconds)
    {
        using var bench = new GateBench();
        var check = bench.Add("db", timeout: TimeSpan.FromSeconds(seconds));
        check.HangsUntil(30);
        _ = bench.Start();

        bench.UntilOpen();

        Assert.All(check.Times.Zip(check.Times.Skip(1)).Where(pair => pair.First < TimeSpan.FromSeconds(29)), pair => Assert.InRange((pair.Second - pair.First).TotalSeconds, seconds, seconds + 0.5));
    }

    [Fact]
    public async Task Check_that_is_slow_succeeds_in_the_end()
    {
        using var bench = new GateBench();
        bench.Add("db").Answer = async token =>
        {
            await bench.Time.Delay(TimeSpan.FromSeconds(4.5), token);
            return HealthCheckResult.Healthy();
        };
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 18, 30);
    }

    [Fact]
    public async Task Check_that_ignores_its_token_runs_once_at_a_time_and_is_there_when_it_answers()
    {
        using var bench = new GateBench();
        var check = bench.Add("db");
        check.Answer = async _ =>
        {
            if (bench.Time.Elapsed < TimeSpan.FromSeconds(10))
                await bench.Time.Delay(TimeSpan.FromSeconds(11), CancellationToken.None);
            return HealthCheckResult.Healthy();
        };
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.Equal(2, check.Times.Count);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 11, 11.25);
        Assert.Equal("db is not there yet, no answer in time (It has not ended after 2 s; its timeout is 2 s)", bench.Said[1]);
    }

    [Fact]
    public async Task Check_that_blocks_its_thread_holds_up_nobody()
    {
        using var bench = new GateBench(("StartupGate:Checks:blocks:Required", "false"));
        using var gone = new ManualResetEventSlim();
        bench.Add("blocks").Answer = _ =>
        {
            gone.Wait(TimeSpan.FromSeconds(30), CancellationToken.None);
            return Task.FromResult(HealthCheckResult.Healthy());
        };
        bench.Add("db").IsWellFrom(1);
        var starting = bench.Start();

        Assert.Equal(TimeSpan.FromSeconds(10), bench.UntilOpen());

        gone.Set();
        await starting.Within();
        Assert.Contains(bench.Said, line => line.StartsWith("db is there after 1.0", StringComparison.Ordinal));
    }

    [Fact]
    public void Period_of_its_own_counts_once_a_check_is_there()
    {
        using var bench = new GateBench(("Health:Checks:db:Period", "00:00:04"));
        var db = bench.Add("db");
        db.IsWellFrom(1);
        bench.Add("cache").IsWellFrom(20);
        _ = bench.Start();

        bench.UntilOpen();

        Assert.InRange(db.Times.Count(time => time < TimeSpan.FromSeconds(1)), 50, 64);
        Assert.InRange(db.Times.Count(time => time > TimeSpan.FromSeconds(1.1)), 4, 5);
    }

    [Fact]
    public async Task Checks_that_run_on_demand_are_asked_while_the_gate_waits_and_rest_after_it()
    {
        using var bench = new GateBench(("Health:Mode", "OnDemand"));
        var check = bench.Add("db");
        check.IsWellFrom(5);
        var starting = bench.Start();
        bench.UntilOpen();
        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 5, 5.1);
        bench.Time.AdvanceSeconds(2);
        var runs = check.Times.Count;

        bench.Time.AdvanceSeconds(200);

        Assert.Equal(runs, check.Times.Count);
        Assert.True(bench.Current.IsReady);
    }

    [Fact]
    public async Task Reader_on_demand_is_answered_while_a_later_stage_has_not_begun()
    {
        using var bench = new GateBench(("Health:Mode", "OnDemand"), ("StartupGate:Mode", "Serve"), ("StartupGate:Checks:api:Stage", "1"));
        bench.Add("db");
        bench.Add("api");
        await bench.Start().Within();

        var reading = bench.Read();
        bench.Time.AdvanceSeconds(1);

        Assert.True(reading.IsCompleted);
        Assert.Equal("starting", (await reading).Word);
    }

    [Fact]
    public async Task Checks_of_other_packages_and_tags_written_otherwise_are_waited_for()
    {
        using var bench = new GateBench();
        var isThere = false;
        bench.Builder.Services.AddHealthChecks().AddCheck("theirs", () => isThere ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("away"), tags: ["Startup"]);
        bench.Add("untagged", tag: "other");
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(2);
        Assert.False(starting.IsCompleted);
        isThere = true;

        bench.UntilOpen();

        await starting.Within();
        Assert.Equal(["waiting for 1 check, 60 s at most: theirs", "theirs is not there yet, it fails (away)"], bench.Said[..2]);
    }

    [Theory]
    [InlineData(50)]
    [InlineData(1000)]
    public async Task Many_checks_are_waited_for_at_once(int count)
    {
        using var bench = new GateBench();
        var checks = Enumerable.Range(0, count).Select(i => bench.Add($"check-{i}")).ToList();
        for (var i = 0; i < count; i++)
            checks[i].IsWellFrom(i * 0.1 / count);
        var starting = bench.Start();
        Assert.All(checks, check => Assert.Single(check.Times));

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 0.1 * (count - 1) / count, 0.121);
        Assert.Equal($"waiting for {count} checks, 60 s at most: check-0, check-1, check-2, check-3, check-4 and {count - 5} more", bench.Said[0]);
        Assert.Equal(count, bench.Said.Count(line => line.Contains("is there after", StringComparison.Ordinal)));
    }
}

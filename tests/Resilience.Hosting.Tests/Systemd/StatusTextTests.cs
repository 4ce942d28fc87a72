using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class StatusTextTests
{
    [Fact]
    public void Starting_names_what_is_waited_for_since_when_and_why()
    {
        var bench = new PlanBench
        {
            Gate = PlanBench.View(
                GateVerdict.Waiting,
                PlanBench.Gated("orders-db", GatedState.Missing, CheckErrors.Refused), PlanBench.Gated("cache", GatedState.Missing, CheckErrors.Dns, 5),
                PlanBench.Gated("api", GatedState.There), PlanBench.Gated("mail", GatedState.Later)),
        };
        bench.Sleep(12.9);
        Assert.Equal("Starting: waiting for orders-db for 12 s (connection refused), cache for 7 s (its name does not resolve); 1 of 4 there.", StatusText.Of(bench.Facts()));
    }

    [Fact]
    public void Failed_start_says_for_want_of_what_even_while_stopping()
    {
        var bench = new PlanBench { Gate = PlanBench.View(GateVerdict.Failed, PlanBench.Gated("cache", GatedState.Missing, CheckErrors.Authentication)), IsStopping = true };
        bench.Sleep(70);
        Assert.Equal("Start failed, for want of cache (user or password rejected).", StatusText.Of(bench.Facts()));
    }

    [Fact]
    public void Start_without_anything_to_wait_for_is_short()
    {
        var bench = new PlanBench { IsHostStarted = false };
        Assert.Equal("Starting.", StatusText.Of(bench.Facts()));
        bench.Gate = PlanBench.View(GateVerdict.NotBegun, PlanBench.Gated("db", GatedState.Later));
        Assert.Equal("Starting.", StatusText.Of(bench.Facts()));
        bench.Gate = PlanBench.View(GateVerdict.Open);
        Assert.Equal("Starting: what it needs is there.", StatusText.Of(bench.Facts()));
    }

    [Theory]
    [InlineData(0, "Ready.")]
    [InlineData(1, "Ready; its check is well.")]
    [InlineData(3, "Ready; 3 of 3 checks are well.")]
    public void Ready_counts_its_checks(int checks, string expected) =>
        Assert.Equal(expected, Of([.. Enumerable.Range(0, checks).Select(i => PlanBench.Check($"check-{i}"))]));

    [Fact]
    public void Degraded_names_what_is_away_for_how_long_and_why() => Assert.Equal(
        "Ready, but degraded: cache for 5 min (no answer in time); 2 of 3 checks are well.",
        Of(PlanBench.Check("db"), PlanBench.Check("cache", HealthStatus.Degraded, CheckErrors.Timeout, 300), PlanBench.Check("disk")));

    [Fact]
    public void Not_ready_names_the_worst_first() => Assert.Equal(
        "Not ready: db for 40 s (HTTP 503), cache for 2 h (disk low); 0 of 2 checks are well.",
        Of(PlanBench.Check("cache", HealthStatus.Degraded, CheckErrors.DiskLow, 7300), PlanBench.Check("db", HealthStatus.Unhealthy, "http_503", 40)));

    [Fact]
    public void Not_live_names_the_loop_and_nothing_else() => Assert.Equal(
        "Not live, to be restarted: importer for 5 s (it does not move).",
        StatusText.Of(new PlanBench { Snapshot = PlanBench.Dead() }.Facts()));

    [Fact]
    public void Loop_that_stands_has_been_silent_since_before_anybody_noticed()
    {
        var check = PlanBench.Check("importer", HealthStatus.Unhealthy, CheckErrors.Stalled, 0, CheckTags.Live) with
        {
            Data = new Dictionary<string, object?> { [LoopHeartbeatCheck.Silence] = 34.2, [LoopHeartbeatCheck.MaxSilence] = 30.0 },
        };
        Assert.Equal("Not live, to be restarted: importer has been silent for 34 s, and may be for 30 s.", Of(check));
    }

    [Fact]
    public void Stop_while_it_waits_says_for_what()
    {
        var bench = new PlanBench { Gate = PlanBench.View(GateVerdict.Waiting, PlanBench.Gated("db", GatedState.Missing, CheckErrors.Refused)), IsStopping = true };
        bench.Sleep(8);
        Assert.Equal("Stopped while it waited for db for 8 s (connection refused).", StatusText.Of(bench.Facts()));
    }

    [Fact]
    public void Evaluator_that_stands_is_not_live() => Assert.Equal(
        "Not live, to be restarted: nothing moves.",
        StatusText.Of(new PlanBench { Snapshot = new HealthSnapshot(HealthPhase.Running, PlanBench.Start, isMoving: false, []) }.Facts()));

    [Fact]
    public void Many_checks_are_counted_and_not_listed()
    {
        var text = Of([.. Enumerable.Range(0, 50).Select(i => PlanBench.Check($"check-{i}", HealthStatus.Unhealthy, CheckErrors.Refused, 10))]);
        Assert.Equal("Not ready: check-0 for 10 s (connection refused), check-1 for 10 s (connection refused), check-2 for 10 s (connection refused) and 47 more; 0 of 50 checks are well.", text);
    }

    [Fact]
    public void Name_cannot_begin_another_assignment_nor_fill_a_screen()
    {
        Assert.DoesNotContain('\n', Of(PlanBench.Check("db\nREADY=1\r\n\0", HealthStatus.Unhealthy, CheckErrors.Refused)));
        Assert.Equal(300, Of(PlanBench.Check(new string('x', 5000), HealthStatus.Unhealthy, CheckErrors.Refused)).Length);
    }

    [Fact]
    public void What_a_check_said_is_not_shown()
    {
        var check = PlanBench.Check("db", HealthStatus.Unhealthy, CheckErrors.Authentication) with { Description = "password hunter2 of orders@10.0.0.7" };
        Assert.Equal("Not ready: db for 0 s (user or password rejected).", Of(check));
    }

    private static string Of(params CheckSnapshot[] checks) => StatusText.Of(new PlanBench { Snapshot = PlanBench.Of(HealthPhase.Running, checks) }.Facts());
}

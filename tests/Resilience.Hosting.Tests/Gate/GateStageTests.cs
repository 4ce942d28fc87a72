using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>Stages: one after the other, the lowest first.</summary>
[Collection(VirtualTime.Name)]
public sealed class GateStageTests
{
    [Fact]
    public async Task Check_does_not_run_before_its_stage_and_runs_at_once_then()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "20"), ("StartupGate:Checks:warm-up:Stage", "100"));
        bench.Add("db").IsWellFrom(3);
        var api = bench.Add("api");
        api.IsWellFrom(6);
        var warmUp = bench.Add("warm-up");
        warmUp.IsWell();
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(2.9);
        Assert.Empty(api.Times);

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(api.Times[0].TotalSeconds, 3, 3.06);
        // Each stage begins to wait anew: it is asked as often as the first.
        Assert.InRange((api.Times[1] - api.Times[0]).TotalMilliseconds, 15.9, 20.1);
        Assert.InRange(Assert.Single(warmUp.Times).TotalSeconds, 6, 6.06);
        Assert.Equal("waiting for 3 checks, 60 s at most: db, then api, then warm-up", bench.Said[0]);
    }

    [Fact]
    public async Task Timeouts_count_from_the_start_of_the_stage()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"), ("StartupGate:Checks:api:Timeout", "00:00:05"), ("StartupGate:Checks:search:Stage", "1"), ("StartupGate:OptionalTimeout", "00:00:02"));
        bench.Add("db").IsWellFrom(30);
        bench.Add("api");
        bench.Add("search", HealthStatus.Degraded).HangsUntil(1000);

        var (took, failure) = await bench.UntilFailed(bench.Start());

        Assert.InRange(took.TotalSeconds, 35, 35.6);
        Assert.Equal(["api"], failure.Missing);
        Assert.Contains(bench.Said, line => line.StartsWith("search is optional and not there after 2.0 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Gate_stays_shut_when_an_earlier_stage_is_gone_again_during_a_later_one()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"));
        var db = bench.Add("db");
        db.IsWellFrom(2);
        bench.Add("api").IsWellFrom(8);
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(5);
        db.IsWellFrom(11);
        bench.Time.AdvanceSeconds(4);
        Assert.Contains(bench.Said, line => line.StartsWith("api is there after 8.", StringComparison.Ordinal));
        Assert.False(starting.IsCompleted);

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 11, 11.3);
    }

    [Fact]
    public void Stage_whose_checks_are_all_optional_ends_when_they_are_given_up()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"));
        bench.Add("search", HealthStatus.Degraded).Fails(status: HealthStatus.Degraded);
        var api = bench.Add("api");
        api.IsWell();
        _ = bench.Start();

        Assert.Equal(TimeSpan.FromSeconds(10), bench.UntilOpen());
        Assert.Equal(TimeSpan.FromSeconds(10), Assert.Single(api.Times));
    }

    [Fact]
    public async Task Start_that_fails_in_an_early_stage_blames_nobody_of_a_later_one()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"));
        bench.Add("db");
        var api = bench.Add("api");

        var (took, failure) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(60), took);
        Assert.Equal(["db"], failure.Missing);
        Assert.Empty(api.Times);
        Assert.EndsWith("\n  api    required  not asked", bench.Said[^1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task Stage_that_begins_after_the_timeout_fails_at_once()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"), ("StartupGate:Checks:search:Timeout", "00:01:00"));
        bench.Add("search", HealthStatus.Degraded).HangsUntil(1000);
        bench.Add("api").IsWell();

        var (took, failure) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(60), took);
        Assert.Contains("api (no answer yet)", failure.Message, StringComparison.Ordinal);
    }
}

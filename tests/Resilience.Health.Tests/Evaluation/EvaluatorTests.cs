using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

[Collection(VirtualTime.Name)]
public sealed class EvaluatorTests
{
    [Fact]
    public async Task Check_that_ignores_its_token_is_a_timeout_and_never_runs_twice_at_once()
    {
        using var bench = new EvaluatorBench();
        var deaf = bench.Add("deaf");
        var well = bench.Add("well");
        deaf.IgnoresItsTokenFor(TimeSpan.FromMinutes(2));
        await bench.StartAsync();
        Assert.Equal(HealthPhase.Starting, bench.Current.Phase);

        bench.Time.AdvanceSeconds(5.1);
        Assert.Equal((CheckErrors.Timeout, HealthStatus.Unhealthy), (bench.Current["deaf"]?.Error, bench.Current["deaf"]?.Status));
        Assert.Equal(HealthStatus.Healthy, bench.Current["well"]?.Status);
        Assert.Equal(HealthPhase.Running, bench.Current.Phase);

        bench.Time.AdvanceSeconds(100);
        Assert.Equal((1, 1), (deaf.Runs, deaf.Running));
        Assert.True(bench.Current["deaf"]?.Failures > 10);
        Assert.True(well.Runs > 3);

        deaf.IsWell();
        bench.Time.AdvanceUntil(() => deaf.Running == 0, TimeSpan.FromSeconds(15.1));
        Assert.Equal((1, CheckErrors.Timeout), (deaf.Runs, bench.Current["deaf"]?.Error)); // What it said late is discarded.
        bench.Time.AdvanceSeconds(10);
        Assert.Equal(HealthStatus.Healthy, bench.Current["deaf"]?.Status);
        Assert.Equal(1, deaf.MostAtOnce);
    }

    [Fact]
    public async Task Reading_never_runs_a_check()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        await bench.StartAsync();
        Parallel.For(0, 10_000, _ => Assert.Equal(HealthStatus.Healthy, bench.Current["db"]?.Status));
        Assert.Equal(1, check.Runs);
        Assert.Same(bench.Current, bench.Current);
    }
}

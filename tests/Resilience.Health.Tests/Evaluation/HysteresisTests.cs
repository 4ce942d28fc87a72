using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Resilience.Health.Tests.Evaluation;

public sealed class HysteresisTests
{
    [Theory]
    // H healthy, D degraded, U unhealthy, F unhealthy for good; above each run the state after it.
    [InlineData(3, 1, "U", "U")] // Never been well is never hidden.
    [InlineData(3, 1, "D", "D")]
    [InlineData(3, 2, "UDU", "UDU")]
    [InlineData(3, 2, "H", "H")] // The first success counts at once.
    [InlineData(3, 1, "HUUU", "HHHU")]
    [InlineData(3, 1, "HUUHUUHUUU", "HHHHHHHHHU")] // A success in between starts the count again.
    [InlineData(3, 1, "HUUUH", "HHHUH")]
    [InlineData(3, 2, "HUUUHUHH", "HHHUUUUH")]
    [InlineData(3, 1, "HF", "HF")] // Definitive counts at once ...
    [InlineData(3, 2, "HFHH", "HFFH")] // ... and its end does not.
    [InlineData(3, 1, "HDDD", "HHHD")]
    [InlineData(3, 1, "HDDDUUU", "HHHDDDU")]
    [InlineData(3, 1, "HUDU", "HHHD")] // Three at least that bad.
    [InlineData(3, 1, "HDDU", "HHHD")]
    [InlineData(3, 1, "HDDUU", "HHHDD")]
    [InlineData(3, 1, "HDDUUU", "HHHDDU")]
    [InlineData(3, 1, "HUUD", "HHHD")]
    [InlineData(3, 1, "HDDDUHUU", "HHHDDHHH")]
    [InlineData(3, 2, "HUUUDH", "HHHUUD")] // Two at least that good.
    [InlineData(3, 2, "HUUUDHH", "HHHUUDH")]
    [InlineData(3, 2, "HUUUHD", "HHHUUD")]
    [InlineData(1, 1, "HUHUD", "HUHUD")]
    [InlineData(1, 3, "HUHHH", "HUUUH")]
    public void State_follows_the_runs(int failures, int successes, string runs, string states)
    {
        var hysteresis = new Hysteresis(failures, successes);
        Assert.Equal(Unhealthy, hysteresis.State);
        for (var i = 0; i < runs.Length; i++)
        {
            hysteresis.Add(Of(runs[i]), definitive: runs[i] == 'F');
            Assert.True(Of(states[i]) == hysteresis.State, $"after {runs[..(i + 1)]}: {hysteresis.State}");
        }
    }

    [Theory]
    [InlineData(1, 1, 1)]
    [InlineData(3, 1, 2)]
    [InlineData(3, 2, 3)]
    [InlineData(5, 4, 4)]
    [InlineData(2, 7, 5)]
    public void State_is_what_a_look_at_the_whole_past_says(int failures, int successes, int seed)
    {
        var random = new Random(seed);
        var hysteresis = new Hysteresis(failures, successes);
        var state = Unhealthy;
        var past = new List<HealthStatus>();
        var (failed, well, everWell) = (0, 0, false);
        for (var step = 0; step < 20_000; step++)
        {
            // Long stretches of one kind, so that high thresholds are reached.
            var run = past.Count > 0 && random.Next(3) > 0 ? past[^1] : (HealthStatus)random.Next(3);
            var definitive = run != Healthy && random.Next(20) == 0;
            hysteresis.Add(run, definitive);

            past.Add(run);
            (failed, well) = run == Healthy ? (0, well + 1) : (failed + 1, 0);
            var (worst, best) = (past.TakeLast(failures).Max(), past.TakeLast(successes).Min());
            if (!everWell || definitive && run < state)
                state = run;
            else if (past.Count >= failures && worst < state)
                state = worst;
            else if (past.Count >= successes && best > state)
                state = best;
            everWell |= run == Healthy;

            Assert.Equal((state, failed, well, everWell), (hysteresis.State, hysteresis.Failures, hysteresis.Successes, hysteresis.HasBeenHealthy));
        }
    }

    private static HealthStatus Of(char letter) => letter switch { 'H' => Healthy, 'D' => Degraded, _ => Unhealthy };
}

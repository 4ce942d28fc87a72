using Xunit;
using static Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus;

namespace Resilience.Health.Tests.Evaluation;

public sealed class CadenceTests
{
    private const double Middle = 0.5; // No jitter.

    [Theory]
    [InlineData("H", 10)]
    [InlineData("HH", 10)]
    [InlineData("HHH", 30)] // Settled.
    [InlineData("HHHHHH", 30)]
    [InlineData("HHHU", 10)] // The first failures may be a blip.
    [InlineData("HHHUU", 10)]
    [InlineData("HHHUUH", 10)]
    [InlineData("HHHUUHHH", 30)]
    [InlineData("UHHH", 30)]
    public void Check_that_is_well_is_left_alone_once_settled(string runs, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Cadence.Next(Settings(), After(runs), TimeSpan.Zero, Middle));

    [Theory]
    [InlineData("U", 0, 1)]
    [InlineData("U", 10, 1)]
    [InlineData("U", 50, 1)]
    [InlineData("U", 100, 2)] // 2 % of the time it has been bad.
    [InlineData("HUUU", 250, 5)]
    [InlineData("HUUU", 500, 10)]
    [InlineData("HUUU", 100_000, 10)]
    [InlineData("D", 100, 2)]
    public void Check_that_has_failed_is_asked_again_after_a_share_of_the_outage(string runs, double badFor, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Cadence.Next(Settings(), After(runs), TimeSpan.FromSeconds(badFor), Middle));

    [Fact]
    public void Failing_period_below_a_second_is_kept() =>
        Assert.Equal(TimeSpan.FromSeconds(0.1), Cadence.Next(Settings() with { FailingPeriod = TimeSpan.FromSeconds(0.1) }, After("U"), TimeSpan.FromSeconds(20), Middle));

    [Theory]
    [InlineData("H")]
    [InlineData("HHH")]
    [InlineData("U")]
    [InlineData("HUUU")]
    public void Own_period_always_wins(string runs)
    {
        var settings = Settings() with { HasOwnPeriod = true, Period = TimeSpan.FromHours(1) };
        Assert.Equal(TimeSpan.FromHours(1), Cadence.Next(settings, After(runs), TimeSpan.FromSeconds(100), Middle));
    }

    [Fact]
    public void Jitter_is_a_tenth_either_way_and_nothing_more()
    {
        Assert.Equal(27, Seconds(0), 9);
        Assert.Equal(33, Seconds(1), 9);
        var random = new Random(1);
        var all = Enumerable.Range(0, 10_000).Select(_ => Seconds(random.NextDouble())).ToArray();
        Assert.InRange(all.Min(), 27, 27.1);
        Assert.InRange(all.Max(), 32.9, 33);
        Assert.InRange(all.Average(), 29.9, 30.1);

        static double Seconds(double random) => Cadence.Next(Settings(), After("HHH"), TimeSpan.Zero, random).TotalSeconds;
    }

    private static CheckSettings Settings() => new(
        IsCritical: true, HasOwnPeriod: false, TimeSpan.FromSeconds(30), TimeSpan.FromSeconds(10), HasOwnTimeout: false, TimeSpan.FromSeconds(5), 3, 1, TimeSpan.FromMinutes(2), null);

    private static Hysteresis After(string runs)
    {
        var state = new Hysteresis(failures: 3, successes: 1);
        foreach (var run in runs)
            state.Add(run switch { 'H' => Healthy, 'D' => Degraded, _ => Unhealthy }, definitive: false);
        return state;
    }
}

using Xunit;

namespace Resilience.Client.Tests;

public sealed class ProbeScheduleTests
{
    [Theory]
    [InlineData(0, 0.02)]
    [InlineData(0.5, 0.02)]
    [InlineData(1, 0.02)]
    [InlineData(3, 0.06)]
    [InlineData(10, 0.2)]
    [InlineData(50, 1)]
    [InlineData(51, 1)]
    [InlineData(86_400, 1)]
    public void Interval_is_2_percent_of_the_outage_within_bounds(double downFor, double interval)
    {
        Assert.Equal(interval, Interval(downFor, 0.5), 6);
        Assert.Equal(interval * 0.8, Interval(downFor, 0), 6);
        Assert.InRange(Interval(downFor, 0.999_999), interval * 1.19, interval * 1.2);
    }

    [Fact]
    public void Probes_grow_with_the_logarithm_of_the_outage()
    {
        var second = Probes(1);
        Assert.InRange(second, 45, 62);

        // From 1 s to 50 s one more 2 % of growth per probe ...
        foreach (var outage in new[] { 2, 10, 50 })
            Assert.InRange(Probes(outage) - second, Math.Log(outage) / 0.02 * 0.9, Math.Log(outage) / 0.02 * 1.1);
        // ... then one per second, the longest wait anybody should pay.
        Assert.InRange(Probes(60), 230, 280);
        Assert.InRange(Probes(3_600), 3_600, 3_950);
    }

    [Fact]
    public void Return_is_noticed_within_about_2_percent_of_the_outage()
    {
        var random = new Random(2);
        for (var outage = 0.1; outage < 10_000; outage *= 1.1)
        {
            var at = 0.0;
            while (at < outage)
                at += Interval(at, random.NextDouble());
            Assert.InRange(at - outage, 0, Math.Max(0.024, Math.Min(1.2, outage * 0.024)));
        }
    }

    [Theory]
    [InlineData(0, 10, 1)]
    [InlineData(10, 10, 1)]
    [InlineData(30, 10, 3)]
    [InlineData(3_600, 10, 10)]
    [InlineData(0, 0.4, 0.4)]
    [InlineData(3_600, 0.4, 0.4)]
    public void Probe_may_take_10_percent_of_the_outage_up_to_an_attempt(double downFor, double attemptTimeout, double timeout) =>
        Assert.Equal(timeout, ProbeSchedule.Timeout(TimeSpan.FromSeconds(downFor), TimeSpan.FromSeconds(attemptTimeout)).TotalSeconds, 6);

    private static double Interval(double downFor, double random) =>
        ProbeSchedule.Interval(TimeSpan.FromSeconds(downFor), random).TotalSeconds;

    private static int Probes(double outage)
    {
        var random = new Random(1);
        var probes = 0;
        for (var at = 0.0; at < outage; probes++)
            at += Interval(at, random.NextDouble());
        return probes;
    }
}

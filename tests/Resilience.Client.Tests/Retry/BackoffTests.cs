using Xunit;

namespace Resilience.Client.Tests;

public sealed class BackoffTests
{
    private static readonly Settings Seconds = TestSettings.Of(options =>
    {
        options.Retry.BaseDelay = TimeSpan.FromSeconds(1);
        options.Retry.Jitter = Jitter.None;
    });

    [Theory]
    [InlineData(0, 1)]
    [InlineData(1, 2)]
    [InlineData(2, 4)]
    [InlineData(3, 5)]
    [InlineData(31, 5)]
    [InlineData(64, 5)]
    [InlineData(5_000, 5)]
    [InlineData(int.MaxValue, 5)]
    public void Delay_without_jitter_doubles_up_to_the_cap(int retry, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), Backoff.Delay(retry, Seconds, 0.37));

    [Fact]
    public void Delay_with_full_jitter_lies_anywhere_below_the_ceiling()
    {
        var settings = TestSettings.Default;
        var random = new Random(7);
        foreach (var (retry, ceiling) in new[] { (0, 0.2), (1, 0.4), (2, 0.8), (3, 1.6), (4, 3.2), (5, 5), (1_000_000, 5) })
        {
            var delays = Enumerable.Range(0, 10_000).Select(_ => Backoff.Delay(retry, settings, random.NextDouble()).TotalSeconds).ToList();
            Assert.InRange(delays.Min(), 0, ceiling * 0.01);
            Assert.InRange(delays.Max(), ceiling * 0.99, ceiling);
            Assert.InRange(delays.Average(), ceiling * 0.48, ceiling * 0.52);
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(2_000)]
    public void Delay_of_base_zero_is_none(int retry) =>
        Assert.Equal(TimeSpan.Zero, Backoff.Delay(retry, Seconds with { BaseDelay = TimeSpan.Zero }, 0.5));
}

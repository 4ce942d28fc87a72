using Resilience.OutageLab.Report;

namespace Resilience.OutageLab.Tests.Report;

public sealed class CallsTests
{
    // In time, late, failed, and one that nobody waited for.
    private static readonly Calls Four = new([0.01, 0.02, 0.15, 0.25], [0.03, 2.02, 0.16, double.PositiveInfinity], [true, true, false, false]);

    [Fact]
    public void Share_counts_calls_issued_then_and_answered_within_the_time()
    {
        Assert.Equal(0.5, Four.Share(_ => true));
        Assert.Equal(0.25, Four.Share(_ => true, within: 1));
        Assert.Equal(1, Four.Share(at => at < 0.1));
        Assert.True(double.IsNaN(Four.Share(at => at > 1)));
    }

    [Fact]
    public void Timeline_sorts_calls_by_when_they_were_issued() =>
        Assert.Equal([(1, 1, 0), (0, 0, 1), (0, 0, 1)], Four.Timeline(step: 0.1, patience: 1));

    [Fact]
    public void Calls_in_flight_are_those_issued_and_not_ended() => Assert.Equal([1, 1, 2], Four.InFlight(0.1));

    [Fact]
    public void Latencies_are_those_of_calls_that_succeeded() => Assert.Equal([0.02, 2], Four.Latencies(), (one, other) => Math.Abs(one - other) < 1e-9);

    [Fact]
    public void First_success_is_the_first_to_end_whenever_it_was_issued()
    {
        Assert.Equal(2.02, Four.FirstSuccess(after: 1));
        Assert.Equal(double.PositiveInfinity, Four.FirstSuccess(after: 3));
    }
}

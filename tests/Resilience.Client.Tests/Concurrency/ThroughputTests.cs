using Xunit;

namespace Resilience.Client.Tests;

public sealed class ThroughputTests
{
    private const int PerLook = 20;
    private static readonly Usual Usual = new(10, TimeSpan.FromMilliseconds(50));

    private readonly Throughput _throughput = new();
    private TimeSpan _now = TimeSpan.FromSeconds(1);
    private long _answered;

    public ThroughputTests()
    {
        for (var look = 0; look < 100; look++)
            Look(PerLook, underWay: 10); // 200 a second.
    }

    [Fact]
    public void Far_fewer_answered_while_many_more_are_under_way_is_seen_at_once_and_believed_the_second_time()
    {
        Assert.False(Look(4, underWay: 60));
        Assert.Equal(60, _throughput.Shortfall?.UnderWay);
        Assert.True(Look(4, underWay: 76));
        Assert.Equal(1.9, LogTime.Time(_throughput.Shortfall!.Value.Latency).TotalSeconds, 0.01); // 76 at 40 a second.
    }

    [Fact]
    public void One_bad_look_among_good_ones_is_chance()
    {
        for (var round = 0; round < 10; round++)
        {
            Assert.False(Look(4, underWay: 60));
            Assert.False(Look(PerLook, underWay: 15));
            Assert.Null(_throughput.Shortfall);
        }
    }

    [Theory]
    [InlineData(4, 2)] // Fewer are sent.
    [InlineData(4, 19)] // Not twice as many as usual are under way.
    [InlineData(100, 60)] // Five times as many are sent, and answered.
    [InlineData(11, 200)] // More than half of the usual is answered: latency tells soon enough.
    [InlineData(8, 25)] // The next one takes six times as long as usual.
    public void Anything_less_is_not_seen(int answered, int underWay)
    {
        for (var round = 0; round < 3; round++)
        {
            Assert.False(Look(answered, underWay));
            Assert.Null(_throughput.Shortfall);
        }
    }

    [Fact]
    public void Pause_in_which_nothing_is_answered_tells_nothing()
    {
        for (var round = 0; round < 3; round++)
        {
            Assert.False(Look(1, underWay: 80, later: 0.3));
            Assert.Null(_throughput.Shortfall);
            Assert.False(Look(0, underWay: 80));
            Assert.Null(_throughput.Shortfall);
        }
    }

    [Fact]
    public void Without_knowing_what_is_usual_nothing_is_seen()
    {
        for (var round = 0; round < 3; round++)
        {
            _now += TimeSpan.FromSeconds(0.1);
            Assert.False(_throughput.Look(_now, ++_answered, 80, null));
        }

        Assert.Equal(_now + TimeSpan.FromMilliseconds(10), _throughput.Due);
    }

    private bool Look(int answered, int underWay, double later = 0.1)
    {
        _now += TimeSpan.FromSeconds(later);
        _answered += answered;
        var isBad = _throughput.Look(_now, _answered, underWay, Usual);
        Assert.Equal(_now + 2 * Usual.Latency, _throughput.Due);
        return isBad;
    }
}

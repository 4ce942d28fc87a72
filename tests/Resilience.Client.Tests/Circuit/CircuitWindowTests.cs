using Xunit;

namespace Resilience.Client.Tests;

public sealed class CircuitWindowTests
{
    private static readonly Settings Settings = TestSettings.Default;
    private readonly CircuitWindow _window = new(TimeSpan.FromSeconds(10));

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public void Circuit_opens_at_80_percent_of_20_samples(int succeeded, bool opens)
    {
        var open = false;
        for (var sample = 0; sample < 20; sample++)
        {
            // The successes come first but one, so that no five failures are in a row before the last samples.
            if (sample % 4 == 0 && sample / 4 < succeeded)
                _window.Succeed(At(sample * 0.05));
            else
                open = _window.Fail(At(sample * 0.05), Settings);
            Assert.True(!open || sample == 19);
        }

        Assert.Equal(opens, open);
    }

    [Theory]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(19)]
    public void Circuit_opens_when_every_one_of_few_samples_failed(int samples)
    {
        var open = false;
        for (var sample = 1; sample <= samples; sample++)
            open = _window.Fail(At(0.6 * (sample - 1) / (samples - 1)), Settings with { MinFailures = samples });

        Assert.True(open);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void One_that_was_not_answered_in_time_counts_as_two_of_a_row(bool late)
    {
        Assert.False(_window.Fail(At(0), Settings, isLate: true));
        Assert.False(_window.Fail(At(3), Settings));
        Assert.Equal(late, _window.Fail(At(6), Settings, isLate: late));
    }

    [Fact]
    public void Late_ones_that_have_left_the_window_do_not_make_others_count_as_two()
    {
        for (var one = 0; one < 3; one++)
            Assert.False(_window.Fail(At(one * 20), Settings, isLate: true));
        for (var one = 0; one < 3; one++)
            Assert.False(_window.Fail(At(80 + one), Settings));
    }

    [Fact]
    public void Late_ones_of_before_a_success_or_the_window_do_not_count()
    {
        for (var one = 0; one < 4; one++)
            Assert.False(_window.Fail(At(one * 6), Settings, isLate: true)); // Two within 10 s.
        _window.Succeed(At(20));
        Assert.False(_window.Fail(At(21), Settings));
        Assert.False(_window.Fail(At(22), Settings));
        Assert.False(_window.Fail(At(23), Settings, isLate: true));
    }

    [Fact]
    public void Circuit_stays_closed_at_19_of_20_below_the_ratio_of_one()
    {
        var settings = Settings with { FailureRatio = 1, MinFailures = 20 };
        _window.Succeed(At(0));
        for (var sample = 1; sample <= 19; sample++)
            Assert.False(_window.Fail(At(sample * 0.05), settings));
    }

    [Fact]
    public void Circuit_of_a_busy_backend_opens_before_giving_up_from_twenty_failures_in_a_row_only()
    {
        for (var sample = 0; sample < 100; sample++)
            _window.Succeed(At(1.05));
        for (var sample = 0; sample < 19; sample++)
            Assert.False(_window.Fail(At(1.15), Settings));
        Assert.False(_window.MustOpenBeforeGivingUp(Settings));

        Assert.False(_window.Fail(At(1.15), Settings));
        Assert.True(_window.MustOpenBeforeGivingUp(Settings));

        _window.Succeed(At(1.15));
        Assert.False(_window.MustOpenBeforeGivingUp(Settings));
    }

    [Theory]
    [InlineData(0)] // The clock's very beginning is like any other moment.
    [InlineData(0.05)]
    [InlineData(60.15)]
    public void Circuit_of_a_quiet_backend_opens_at_twenty_failures_of_one_moment(double moment)
    {
        for (var sample = 1; sample < 20; sample++)
            Assert.False(_window.Fail(At(moment), Settings));

        Assert.True(_window.Fail(At(moment), Settings));
    }

    [Fact]
    public void Circuit_never_opens_at_30_percent_random_failures_of_1000_a_second()
    {
        var random = new Random(30);
        for (var sample = 0; sample < 100_000; sample++)
        {
            if (random.NextDouble() < 0.3)
                Assert.False(_window.Fail(At(sample * 0.001), Settings));
            else
                _window.Succeed(At(sample * 0.001));
        }

        Assert.InRange(_window.ErrorRate(At(100)), 0.27, 0.33);
    }

    [Theory]
    [InlineData(0.5, 8)]
    [InlineData(1, 4)]
    [InlineData(10, 0.5)]
    [InlineData(100, 0.5)]
    [InlineData(1_000, 0.21)]
    [InlineData(10_000, 0.21)]
    public void Circuit_opens_on_a_total_outage_at_any_rate(double perSecond, double within)
    {
        var failsFrom = 30.05; // In the middle of a bucket: the worst case.
        for (var sample = 0L; ; sample++)
        {
            var at = sample / perSecond;
            if (at < failsFrom)
            {
                _window.Succeed(At(at));
                continue;
            }

            if (_window.Fail(At(at), Settings))
            {
                Assert.InRange(at - failsFrom, 0, within + 1 / perSecond);
                return;
            }

            Assert.True(at < failsFrom + within + 1 / perSecond, $"still closed after {at - failsFrom} s");
        }
    }

    [Fact]
    public void Success_starts_the_row_of_failures_anew()
    {
        for (var round = 0; round < 4; round++)
        {
            for (var sample = 0; sample < 4; sample++)
                Assert.False(_window.Fail(At(round * 2.5 + sample * 0.5), Settings));
            _window.Succeed(At(round * 2.5 + 2));
        }
    }

    [Fact]
    public void Failures_older_than_the_window_do_not_count()
    {
        for (var sample = 0; sample < 4; sample++)
            Assert.False(_window.Fail(At(sample), Settings));
        for (var sample = 0; sample < 4; sample++)
            Assert.False(_window.Fail(At(14 + sample), Settings));

        Assert.True(_window.Fail(At(18), Settings));
    }

    [Fact]
    public void Window_that_is_cleared_knows_nothing()
    {
        for (var sample = 0; sample < 4; sample++)
            _window.Fail(At(sample), Settings);
        _window.Clear();

        Assert.Equal(0, _window.ErrorRate(At(4)));
        Assert.False(_window.Fail(At(4), Settings));
    }

    [Fact]
    public void Error_rate_is_the_share_within_the_window()
    {
        Assert.Equal(0, _window.ErrorRate(At(0)));
        _window.Fail(At(0), Settings);
        Assert.Equal(1, _window.ErrorRate(At(0)));
        for (var sample = 0; sample < 3; sample++)
            _window.Succeed(At(5));
        Assert.Equal(0.25, _window.ErrorRate(At(9)));
        Assert.Equal(0, _window.ErrorRate(At(11)));
        Assert.Equal(0, _window.ErrorRate(At(60)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}

using Xunit;

namespace Resilience.Client.Tests;

public sealed class RampTests
{
    private static readonly TimeSpan Time = TimeSpan.FromSeconds(4);
    private static readonly TimeSpan Quick = Time / 4; // Just so.

    private readonly Ramp _ramp = new();

    [Fact]
    public void First_one_goes_alone_then_a_few_then_twice_as_many_per_round_trip()
    {
        var rounds = new List<int>();
        for (var round = 0; round < 6; round++)
        {
            rounds.Add(Fill());
            for (var one = 0; one < rounds[^1]; one++)
                _ramp.Succeed(Quick, Time);
        }

        Assert.Equal([1, 4, 8, 16, 32, 64], rounds);
    }

    [Theory]
    [InlineData(10, new[] { 1, 4, 8, 10, 12 })]
    [InlineData(40, new[] { 1, 4, 8, 16, 32, 40 })] // As many a second as before are 32 at once.
    public void Rate_that_was_usual_is_where_the_ramp_ceases_to_double(int milliseconds, int[] expected)
    {
        var ramp = new Ramp(new Usual(8, TimeSpan.FromMilliseconds(10)), mayBeCold: true);
        var rounds = new List<int>();
        foreach (var _ in expected)
        {
            rounds.Add(Fill(ramp));
            for (var one = 0; one < rounds[^1]; one++)
                ramp.Succeed(TimeSpan.FromMilliseconds(milliseconds), Time);
        }

        Assert.Equal(expected, rounds);
    }

    [Fact]
    public void Slow_answers_leave_the_ramp_as_wide_as_it_was()
    {
        Succeed(13);
        _ramp.Enter();

        Assert.Equal(TimeSpan.Zero, _ramp.Succeed(Quick * 1.01, Time));

        Assert.Equal(16, _ramp.Width);
    }

    [Fact]
    public void After_an_outage_of_time_outs_slow_answers_halve_the_ramp_and_one_that_is_alone_makes_it_rest()
    {
        var ramp = new Ramp(isLate: true);
        for (var one = 0; one < 13; one++)
            Answer(Time / 10);
        Assert.Equal(16, ramp.Width);

        foreach (var width in new[] { 8, 4, 2, 1 })
        {
            Assert.Equal(TimeSpan.Zero, Answer(Time / width)); // Not alike, as they are in a queue.
            Assert.Equal(width, ramp.Width);
        }

        Assert.Equal(Time, Answer(Time / 2));
        Assert.Equal(0, Fill(ramp));
        ramp.GoOn();
        Assert.Equal(1, Fill(ramp));

        TimeSpan Answer(TimeSpan took)
        {
            ramp.Enter();
            return ramp.Succeed(took, Time);
        }
    }

    [Fact]
    public void Answers_as_slow_as_each_other_are_slow_by_nature()
    {
        var ramp = new Ramp(isLate: true);
        var widths = new List<int>();
        var rests = new List<TimeSpan>();
        for (var answer = 0; answer < 5; answer++)
        {
            ramp.Enter();
            rests.Add(ramp.Succeed(Time / 2, Time));
            widths.Add(ramp.Width);
        }

        Assert.Equal([1, 1, 1, 4, 5], widths);
        Assert.Equal([Time, default, default, default, default], rests); // One that is under way already is not another.
    }

    [Fact]
    public void Failure_of_the_first_one_fails_the_ramp()
    {
        Fill();

        Assert.True(_ramp.Fail());
    }

    [Fact]
    public void Failures_of_80_percent_fail_the_ramp()
    {
        Succeed(1);
        for (var failure = 1; failure <= 3; failure++)
        {
            Fill();
            Assert.False(_ramp.Fail());
        }

        Fill();
        Assert.True(_ramp.Fail());
    }

    [Fact]
    public void Failures_beside_enough_successes_leave_the_ramp_as_wide_as_it_was()
    {
        Succeed(13); // 1, then 4, then one more for each.
        Assert.Equal(16, Fill());

        Assert.False(_ramp.Fail());

        Assert.Equal(1, Fill());
    }

    [Fact]
    public void One_that_tells_nothing_makes_room_for_another_and_no_more()
    {
        Fill();
        _ramp.Abandon();

        Assert.Equal(1, Fill());
        Assert.Equal(0, _ramp.Succeeded);
    }

    private int Fill() => Fill(_ramp);

    private static int Fill(Ramp ramp)
    {
        var entered = 0;
        for (; ramp.HasRoom; entered++)
            ramp.Enter();
        return entered;
    }

    private void Succeed(int times)
    {
        for (var one = 0; one < times; one++)
        {
            _ramp.Enter();
            _ramp.Succeed(Quick, Time);
        }
    }
}

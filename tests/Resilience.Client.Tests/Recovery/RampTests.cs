using Xunit;

namespace Resilience.Client.Tests;

public sealed class RampTests
{
    private static readonly TimeSpan Quick = TimeSpan.FromSeconds(1);

    private readonly Ramp _ramp = new();

    [Fact]
    public void First_one_goes_alone_then_a_few_then_twice_as_many_per_round_trip()
    {
        var rounds = new List<int>();
        for (var round = 0; round < 6; round++)
        {
            rounds.Add(Fill());
            for (var one = 0; one < rounds[^1]; one++)
                _ramp.Succeed(Quick, Quick);
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
                ramp.Succeed(TimeSpan.FromMilliseconds(milliseconds), Quick);
        }

        Assert.Equal(expected, rounds);
    }

    [Fact]
    public void Ramp_narrows_by_half_down_to_one_and_a_resting_one_has_no_room()
    {
        Succeed(13);
        Assert.True(_ramp.TryNarrow());
        Assert.Equal(8, Fill());
        Assert.True(_ramp.TryNarrow() && _ramp.TryNarrow() && _ramp.TryNarrow());
        Assert.False(_ramp.TryNarrow());
        for (var one = 0; one < 8; one++)
            _ramp.Abandon();

        _ramp.IsResting = true;
        Assert.Equal(0, Fill());
        _ramp.IsResting = false;
        Assert.Equal(1, Fill());
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
            _ramp.Succeed(Quick, Quick);
        }
    }
}

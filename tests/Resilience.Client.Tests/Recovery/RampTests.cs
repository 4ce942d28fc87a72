using Xunit;

namespace Resilience.Client.Tests;

public sealed class RampTests
{
    private readonly Ramp _ramp = new();

    [Fact]
    public void First_one_goes_alone_then_a_few_then_twice_as_many_per_round_trip()
    {
        var rounds = new List<int>();
        for (var round = 0; round < 6; round++)
        {
            rounds.Add(Fill());
            for (var one = 0; one < rounds[^1]; one++)
                _ramp.Succeed();
        }

        Assert.Equal([1, 4, 8, 16, 32, 64], rounds);
    }

    [Fact]
    public void Failure_of_the_first_one_fails_the_ramp()
    {
        Fill();

        Assert.True(_ramp.Fail());
    }

    [Fact]
    public void Failures_above_80_percent_fail_the_ramp_and_below_do_not()
    {
        Succeed(1);
        for (var failure = 1; failure <= 4; failure++)
        {
            Fill();
            Assert.False(_ramp.Fail() && failure < 4);
        }

        Fill();
        Assert.True(_ramp.Fail());
    }

    [Fact]
    public void Failures_beside_enough_successes_only_halve_the_ramp()
    {
        Succeed(13); // 1, then 4, then one more for each.
        Assert.Equal(16, Fill());

        Assert.False(_ramp.Fail());
        Assert.False(_ramp.HasRoom); // 15 in flight, 8 allowed.
        for (var one = 0; one < 15; one++)
            _ramp.Abandon();
        Assert.Equal(8, Fill());
    }

    [Fact]
    public void Ramp_never_falls_below_one()
    {
        Succeed(3);
        for (var failure = 0; failure < 10; failure++)
        {
            Fill();
            _ramp.Fail();
            Drain();
        }

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

    private int _inFlight;

    private int Fill()
    {
        var entered = 0;
        for (; _ramp.HasRoom; entered++)
            _ramp.Enter();
        _inFlight += entered;
        return entered;
    }

    private void Drain()
    {
        for (_inFlight--; _inFlight > 0; _inFlight--)
            _ramp.Abandon();
        _inFlight = 0;
    }

    private void Succeed(int times)
    {
        for (var one = 0; one < times; one++)
        {
            _ramp.Enter();
            _ramp.Succeed();
        }
    }
}

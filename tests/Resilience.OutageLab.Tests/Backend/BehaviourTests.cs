using Resilience.OutageLab.Backend;

namespace Resilience.OutageLab.Tests.Backend;

public sealed class BehaviourTests
{
    [Fact]
    public void Coldness_moves_latency_and_leaves_capacity_as_it_is()
    {
        var cold = new Behaviour { Workers = 12, Service = 10, ColdFactor = 10, ColdSeconds = 3 };
        Assert.Equal((120, 100 * LabTime.Millisecond), (cold.WorkersAt(LabTime.Of(2.9)), cold.ServiceAt(LabTime.Of(2.9))));
        Assert.Equal((12, 10 * LabTime.Millisecond), (cold.WorkersAt(LabTime.Of(3)), cold.ServiceAt(LabTime.Of(3))));
    }

    [Fact]
    public void A_ramp_goes_in_a_straight_line_and_stays_at_its_end()
    {
        var ramp = new Behaviour { Service = 5, RampTo = 505, RampSeconds = 5 };
        Assert.Equal([5, 105, 505, 505], new[] { 0.0, 1, 5, 9 }.Select(at => ramp.ServiceAt(LabTime.Of(at)) / LabTime.Millisecond));
    }

    [Fact]
    public void A_hidden_state_begins_with_failure_and_turns_over()
    {
        var flips = new Behaviour { Flip = 500 };
        Assert.Equal([true, true, false, true], new[] { 0.0, 0.49, 0.5, 1 }.Select(at => flips.FailsAll(LabTime.Of(at))));
    }

    [Fact]
    public async Task A_desk_never_serves_more_than_its_capacity()
    {
        const int Requests = 200, PerSecond = 400;
        var desk = new ServiceDesk(new() { Workers = 2, Service = 1000.0 * 2 / PerSecond });
        var began = LabTime.Now;
        await Task.WhenAll(Enumerable.Range(0, Requests).Select(_ => desk.Enter(LabTime.Now) ?? Task.CompletedTask)).Within();
        Assert.True(LabTime.Now - began >= LabTime.Of((double)Requests / PerSecond)); // Later only by what the machine is.
    }

    [Fact]
    public void A_desk_with_a_full_queue_sheds()
    {
        var desk = new ServiceDesk(new() { Workers = 1, Service = 60_000, QueueLimit = 2 });
        Assert.Equal([true, true, true, false], Enumerable.Range(0, 4).Select(_ => desk.Enter(LabTime.Now) is not null));
    }
}

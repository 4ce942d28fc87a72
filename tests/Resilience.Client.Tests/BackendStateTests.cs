using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class BackendStateTests : IDisposable
{
    private readonly Bench _bench = new();

    private IBackend State => _bench.State;
    private DateTimeOffset Now => _bench.Time.GetUtcNow();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Backend_that_was_never_called_is_up_and_knows_nothing()
    {
        _bench.Time.AdvanceSeconds(5);

        Assert.Equal((BackendState.Up, CircuitState.Closed, (string?)null), (State.State, State.Circuit, State.Cause));
        AssertAt(Now.AddSeconds(-5), State.Since);
        Assert.Equal((0.0, 3, 0, (DateTimeOffset?)null), (State.ErrorRate, State.BudgetLeft, State.WaitingCalls, State.LastSuccess));
        Assert.Equal(("catalog", TestSettings.Address), (State.Name, State.Address));
    }

    [Fact]
    public async Task Since_is_when_the_state_changed_last()
    {
        _bench.Time.AdvanceSeconds(10);
        var call = _bench.GoDown();
        var down = Now;
        AssertAt(down, State.Since);
        Assert.Equal("the connection is refused", State.Cause);
        _bench.Time.AdvanceSeconds(10);
        AssertAt(down, State.Since);

        _bench.Wire.Answer = _bench.Wire.Ok;
        (await _bench.Finish(call)).Dispose();
        AssertAt(Now, State.Since);
        Assert.Null(State.Cause);
    }

    [Fact]
    public async Task Times_follow_the_wall_clock_when_it_is_corrected()
    {
        (await _bench.Run()).Dispose();
        _bench.Time.AdvanceSeconds(60);
        _bench.Time.SetUtcNow(new(2030, 1, 1, 0, 0, 0, TimeSpan.Zero));

        AssertAt(Now.AddSeconds(-60), State.LastSuccess);
        AssertAt(Now.AddSeconds(-60), State.Since);
    }

    [Fact]
    public async Task Last_success_is_when_an_attempt_succeeded()
    {
        (await _bench.Run()).Dispose();
        var first = Now;
        AssertAt(first, State.LastSuccess);
        _bench.Time.AdvanceSeconds(5);

        _bench.Wire.Answer = _bench.Wire.Status(503);
        _bench.Wire.Probe = _bench.Wire.Ok;
        (await _bench.Run()).Dispose();
        AssertAt(first, State.LastSuccess);

        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromSeconds(2), _bench.Wire.Ok);
        (await _bench.Run(Bench.Post())).Dispose();
        AssertAt(Now, State.LastSuccess);
    }

    [Fact]
    public async Task Error_rate_is_the_share_of_failed_attempts()
    {
        _bench.Wire.Probe = _bench.Wire.Ok;
        for (var call = 0; call < 6; call++)
            (await _bench.Run()).Dispose();
        _bench.Wire.Answer = ScriptedWire.Sequence(_bench.Wire.Unavailable, _bench.Wire.Unavailable, _bench.Wire.Ok);
        (await _bench.Run()).Dispose();
        Assert.Equal(2.0 / 9, State.ErrorRate, 9);

        _bench.Time.AdvanceSeconds(11);
        Assert.Equal(0, State.ErrorRate);
    }

    [Fact]
    public async Task Budget_left_is_what_calls_earned_less_what_was_taken()
    {
        _bench.Wire.Probe = _bench.Wire.Ok;
        for (var call = 0; call < 9; call++)
            (await _bench.Run()).Dispose();
        Assert.Equal(4, State.BudgetLeft); // 3 + 0.2 * 9, whole attempts only.

        _bench.Wire.Answer = ScriptedWire.Sequence(_bench.Wire.Unavailable, _bench.Wire.Unavailable, _bench.Wire.Ok);
        (await _bench.Run()).Dispose();
        Assert.Equal(4, State.BudgetLeft); // 3 + 0.2 * 10 - 1: the one that succeeded is free.
    }

    [Fact]
    public async Task Answer_to_a_call_from_before_an_outage_earns_budget_and_speaks_for_nothing_of_now()
    {
        using var bench = new Bench(options => options.Budget.Ratio = 1);
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(3), bench.Wire.Ok);
        var early = bench.Call();
        var refused = bench.GoDown();
        bench.Wire.Answer = bench.Wire.Probe = bench.Wire.Ok;
        (await bench.Finish(refused)).Dispose();
        bench.Wire.Answer = bench.Wire.Unavailable;
        (await bench.Run(Bench.Post())).Dispose();
        Assert.Equal((1.0, 1, 5), (bench.State.ErrorRate, bench.Backend.Window.FailuresInARow, bench.State.BudgetLeft));

        (await bench.Finish(early)).Dispose();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 3, 5);
        Assert.Equal((1.0, 1, 6), (bench.State.ErrorRate, bench.Backend.Window.FailuresInARow, bench.State.BudgetLeft)); // 3 + 3 calls.
    }

    // Timestamps are coarser than ticks of the wall clock.
    private static void AssertAt(DateTimeOffset expected, DateTimeOffset? actual) =>
        Assert.InRange((actual!.Value - expected).TotalMilliseconds, -0.01, 0.01);
}

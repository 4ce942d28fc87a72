using Xunit;

namespace Resilience.Client.Tests;

/// <summary>A backend that the start waits for, as calls see it that never wait.</summary>
[Collection(VirtualTime.Name)]
public sealed class FailFastTests : IDisposable
{
    private readonly Bench _bench = new(
        options =>
        {
            options.Recovery.WhenDown = WhenDown.FailFast;
            options.Budget.Ratio = 0; // So that calls earn nothing, and what is taken shows.
        },
        awaited: true);

    private ScriptedWire Wire => _bench.Wire;
    private IBackend State => _bench.State;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Path_that_says_no_ends_with_the_first_call_that_comes_when_a_trial_is_due()
    {
        Wire.Probe = Wire.Unavailable;
        await Refused();
        _bench.Time.AdvanceMilliseconds(4_900);
        await Refused();
        Assert.Empty(Wire.Calls);

        _bench.Time.AdvanceSeconds(60); // Nobody calls: the trial is kept.
        (await _bench.Run()).Dispose();
        Assert.Equal(BackendState.Up, State.State);
        (await _bench.Run()).Dispose();
    }

    [Fact]
    public async Task Trial_that_fails_is_one_call_each_time_and_costs_neither_budget_nor_circuit()
    {
        Wire.Probe = Wire.Answer = Wire.Unavailable;
        await Refused();
        var budget = State.BudgetLeft;
        for (var second = 0.5; second < 14; second += 0.5)
        {
            _bench.Time.AdvanceMilliseconds(500);
            foreach (var call in new[] { _bench.Call(Bench.Post()), _bench.Call() })
                (await Result(call))?.Dispose();
            Assert.Equal(budget, State.BudgetLeft);
        }

        Assert.Equal(2, Wire.Calls.Count); // After 5 s and after 10 s.
        Assert.Equal((BackendState.Down, CircuitState.Closed, 0.0), (State.State, State.Circuit, State.ErrorRate));

        async Task<HttpResponseMessage?> Result(Task<HttpResponseMessage> call)
        {
            Assert.True(call.IsCompleted, "still under way");
            try
            {
                return await call;
            }
            catch (BackendException)
            {
                return null;
            }
        }
    }

    [Fact]
    public async Task Trial_is_withdrawn_where_connections_are_not_taken_any_more()
    {
        Wire.Probe = Wire.Unavailable;
        await Refused();
        _bench.Time.AdvanceSeconds(30);
        Wire.Probe = ScriptedWire.Refuse;
        _bench.Time.AdvanceSeconds(2);

        await Refused();
        Assert.Empty(Wire.Calls);
    }

    [Fact]
    public async Task First_calls_wait_for_the_first_answer_and_all_go_with_it()
    {
        Wire.Probe = Wire.After(TimeSpan.FromMilliseconds(100), Wire.Ok);
        Wire.Answer = Wire.After(TimeSpan.FromMilliseconds(100), Wire.Ok);
        var calls = Enumerable.Range(0, 20).Select(_ => _bench.Call()).ToList();
        _bench.Time.AdvanceMilliseconds(101);
        Assert.Equal((BackendState.Up, CircuitState.Closed, 20), (State.State, State.Circuit, Wire.InFlight));

        calls.Add(_bench.Call()); // Is not refused because they are still under way.
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.InRange(_bench.Time.Elapsed.TotalMilliseconds, 200, 205);
        Assert.Single(Wire.Probes);
    }

    [Fact]
    public async Task First_calls_fail_with_the_first_answer_that_never_comes()
    {
        Wire.Probe = ScriptedWire.Hang;
        var calls = Enumerable.Range(0, 20).Select(_ => _bench.Call()).ToList();
        _bench.Time.AdvanceMilliseconds(990);
        Assert.Equal(20, State.WaitingCalls);
        _bench.Time.AdvanceMilliseconds(20);

        foreach (var call in calls)
        {
            Assert.True(call.IsCompleted, "still under way");
            Assert.Equal(BackendFailureReason.CircuitOpen, (await Assert.ThrowsAsync<BackendException>(() => call)).Reason);
        }

        await Refused();
        Assert.Empty(Wire.Calls);
    }

    [Fact]
    public async Task Calls_in_haste_among_those_that_wait_fail_when_the_backend_goes_again()
    {
        Wire.Probe = ScriptedWire.Sequence(Wire.After(TimeSpan.FromMilliseconds(100), Wire.Ok), ScriptedWire.Refuse);
        Wire.Answer = ScriptedWire.Refuse;
        var patient = Bench.Get();
        patient.Options.Set(CallOptions.WhenDown, WhenDown.Wait);
        var waiting = _bench.Call(patient);
        var hasty = _bench.Call();
        _bench.Time.AdvanceMilliseconds(150);

        Assert.True(hasty.IsCompleted, "still under way");
        Assert.Equal(BackendFailureReason.CircuitOpen, (await Assert.ThrowsAsync<BackendException>(() => hasty)).Reason);
        Assert.Equal((BackendState.Down, 1, 1), (State.State, State.WaitingCalls, Wire.Calls.Count));
        Wire.Probe = Wire.Answer = Wire.Ok;
        (await _bench.Finish(waiting)).Dispose();
    }

    private async Task Refused() => Assert.Equal(BackendFailureReason.CircuitOpen, (await _bench.FailsAtOnce<BackendException>()).Reason);
}

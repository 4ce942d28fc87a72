using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class CircuitTests : IDisposable
{
    private readonly Bench _bench = new();

    private ScriptedWire Wire => _bench.Wire;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(0.5, 120, 20, 40)]
    [InlineData(2, 60, 20, 30)]
    [InlineData(1_000, 8, 2, 5)]
    public async Task Outage_of_answers_503_costs_its_length_and_nothing_else_at_any_rate(double perSecond, double length, double from, double to)
    {
        Wire.Answer = Wire.After(TimeSpan.FromMilliseconds(3), (request, token) =>
            _bench.Time.Elapsed.TotalSeconds >= from && _bench.Time.Elapsed.TotalSeconds < to ? Wire.Unavailable(request, token) : Wire.Ok(request, token));
        var calls = new List<Task<HttpResponseMessage>>();
        TimeSpan? down = null, up = null;
        while (_bench.Time.Elapsed.TotalSeconds < length)
        {
            calls.Add(_bench.Call());
            _bench.Time.AdvanceSeconds(1 / perSecond);
            if (_bench.State.State == BackendState.Down)
                down ??= _bench.Time.Elapsed;
            else if (down is not null)
                up ??= _bench.Time.Elapsed;
        }

        foreach (var call in calls)
        {
            using var response = await _bench.Finish(call);
            Assert.True(response.IsSuccessStatusCode);
        }

        Assert.NotNull(down);
        Assert.NotNull(up);
        Assert.InRange(down.Value.TotalSeconds - from, 0, Math.Max(0.5, 3 / perSecond));
        Assert.InRange(up.Value.TotalSeconds - to, 0, Math.Max(0.5, 3 / perSecond));
        var sent = Wire.Calls.Count(call => call.At.TotalSeconds >= from && call.At.TotalSeconds < to);
        Assert.InRange(sent, 1, 6 + 0.1 * perSecond * (to - from));
        Assert.Equal(0, Wire.Undisposed);
        Assert.Equal(0, _bench.InFlight.Count);
    }

    [Fact]
    public async Task Trial_that_its_caller_cancels_decides_nothing()
    {
        using var source = new CancellationTokenSource();
        Wire.Answer = ScriptedWire.Refuse;
        var next = _bench.Call();
        var trial = _bench.CallFor(source); // Preferred: it has not been refused yet.
        Wire.Answer = ScriptedWire.Hang;
        Wire.Probe = Wire.Ok;
        _bench.Time.AdvanceMilliseconds(100);
        Assert.Equal((CircuitState.Probing, 2), (_bench.State.Circuit, Wire.Calls.Count));

        Wire.Answer = Wire.After(TimeSpan.FromSeconds(1), Wire.Ok);
        await source.CancelAsync();
        FakeTime.Settle();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => trial);

        Assert.Equal((CircuitState.Probing, 3), (_bench.State.Circuit, Wire.Calls.Count)); // The next one is the trial now.
        using var response = await _bench.Finish(next);
        Assert.Equal(CircuitState.Closed, _bench.State.Circuit);
    }

    [Fact]
    public async Task Success_that_began_before_the_break_does_not_close_the_circuit()
    {
        Wire.Answer = Wire.After(TimeSpan.FromSeconds(5), Wire.Ok);
        var early = _bench.Call();
        _bench.Time.AdvanceSeconds(1);
        var refused = _bench.GoDown();

        using var response = await _bench.Finish(early);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(CircuitState.Open, _bench.State.Circuit);
        Assert.False(refused.IsCompleted);

        Wire.Answer = Wire.Ok;
        (await _bench.Finish(refused)).Dispose();
    }

    [Fact]
    public async Task Failure_that_began_before_the_break_does_not_open_the_circuit_again()
    {
        Wire.Answer = Wire.After(TimeSpan.FromSeconds(5), ScriptedWire.Refuse);
        var early = _bench.Call();
        _bench.Time.AdvanceSeconds(1);
        var refused = _bench.GoDown();
        Wire.Answer = Wire.Ok;
        (await _bench.Finish(refused)).Dispose();
        Assert.Equal(CircuitState.Closed, _bench.State.Circuit);
        var since = _bench.State.Since;

        using var response = await _bench.Finish(early);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(CircuitState.Closed, _bench.State.Circuit);
        Assert.Equal(since, _bench.State.Since, TimeSpan.FromMilliseconds(0.01));
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 5, 5.3);
        Assert.Equal(0, _bench.State.ErrorRate);
    }

    [Fact]
    public async Task Trial_that_is_overtaken_by_an_isolation_changes_nothing()
    {
        var call = _bench.GoDown();
        Wire.Answer = Wire.After(TimeSpan.FromSeconds(1), Wire.Ok);
        Wire.Probe = Wire.Ok;
        _bench.Time.AdvanceMilliseconds(100);
        _bench.State.Isolate("maintenance");

        using var response = await _bench.Finish(call);
        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(BackendState.Isolated, _bench.State.State);
    }

    [Fact]
    public async Task One_refused_connection_is_proof_enough()
    {
        var call = _bench.GoDown();

        Assert.Equal(CircuitState.Open, _bench.State.Circuit);
        Wire.Answer = Wire.Ok;
        (await _bench.Finish(call)).Dispose();
    }
}

using System.Security.Authentication;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>A backend that the start waits for, as its calls see it.</summary>
[Collection(VirtualTime.Name)]
public sealed class StartupTests : IDisposable
{
    private readonly Bench _bench = new(awaited: true);

    public StartupTests() => Wire.Answer = ScriptedWire.Refuse;

    private ScriptedWire Wire => _bench.Wire;
    private IBackend State => _bench.State;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Calls_at_the_start_wait_and_cost_neither_budget_nor_circuit()
    {
        var calls = Enumerable.Range(0, 200).Select(call => _bench.Call(call % 3 == 0 ? Bench.Post() : Bench.Get())).ToArray();
        var budget = State.BudgetLeft;
        _bench.Time.AdvanceSeconds(2);

        Assert.Empty(Wire.Calls);
        Assert.Equal((BackendState.Down, CircuitState.Closed, 200), (State.State, State.Circuit, State.WaitingCalls));
        Assert.Equal((budget, 0.0, 0), (State.BudgetLeft, State.ErrorRate, _bench.Backend.Window.FailuresInARow));
        Assert.Equal("it has not answered yet: the connection is refused", State.Cause);

        Wire.Answer = Wire.Ok;
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 2, 2.041);
        Assert.Equal(200, Wire.Calls.Count);
        Assert.Equal((BackendState.Up, CircuitState.Closed, (string?)null), (State.State, State.Circuit, State.Cause));
        Assert.Equal((budget, 0.0), (State.BudgetLeft, State.ErrorRate));
    }

    [Theory]
    [InlineData(0)]
    [InlineData(0.999)]
    public async Task Probe_asks_at_once_and_never_later_than_after_2_percent(double random)
    {
        using var bench = new Bench(options => options.Timeout = TimeSpan.FromMinutes(10), awaited: true) { Random = random };
        bench.Wire.Answer = ScriptedWire.Refuse;
        bench.Backend.Recovery.BeginStartup();
        bench.Time.AdvanceSeconds(100);

        var times = bench.Wire.Probes;
        Assert.Equal(TimeSpan.Zero, times[0]);
        var expected = TimeSpan.Zero;
        foreach (var at in times)
        {
            Assert.Equal(expected.TotalMilliseconds, at.TotalMilliseconds, 1.0); // Timers count whole milliseconds.
            expected = at + ProbeSchedule.Awaited(at, random);
            Assert.InRange((expected - at).TotalSeconds, 0.0159, Math.Clamp(at.TotalSeconds * 0.02, 0.02, 1) + 1e-9);
        }

        bench.Wire.Answer = bench.Wire.Ok;
        bench.Time.AdvanceUntil(() => bench.State.State == BackendState.Up, TimeSpan.FromSeconds(1));
        var count = bench.Wire.Probes.Count;
        bench.Time.AdvanceSeconds(100);
        Assert.Equal(count, bench.Wire.Probes.Count);
        (await bench.Run()).Dispose();
    }

    [Fact]
    public async Task Backend_that_is_there_at_once_costs_one_probe_and_no_line()
    {
        Wire.Answer = Wire.Ok;
        _bench.Backend.Recovery.BeginStartup();
        FakeTime.Settle();
        (await _bench.Run()).Dispose();

        Assert.Equal((BackendState.Up, 1), (State.State, Wire.Probes.Count));
        Assert.Equal(TimeSpan.Zero, _bench.Time.Elapsed);
        Assert.DoesNotContain(_bench.Log, line => !line.StartsWith("Debug", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Log_has_a_line_when_the_wait_begins_and_one_when_it_ends()
    {
        var calls = Enumerable.Range(0, 20).Select(_ => _bench.Call()).ToArray();
        _bench.Time.AdvanceSeconds(3);
        Wire.Probe = Wire.Unavailable;
        _bench.Time.AdvanceSeconds(1);
        Wire.Answer = Wire.Probe = Wire.Ok;
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        Assert.Equal(
            ["Information: Backend catalog at http://backend.test:5081 is not there yet, and the start waits for it: the connection is refused.", $"Information: Backend catalog is there after {Seconds()} s."],
            _bench.Log.Where(line => !line.StartsWith("Debug", StringComparison.Ordinal)));

        string Seconds() => Wire.Probes[^1].TotalSeconds.ToString("0.###", System.Globalization.CultureInfo.InvariantCulture);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(401)]
    public async Task Backend_without_the_path_is_up_with_its_first_answer(int status)
    {
        Wire.Probe = ScriptedWire.Sequence(ScriptedWire.Refuse, Wire.Unavailable, Wire.Status(status));
        _bench.Backend.Recovery.BeginStartup();
        _bench.Time.AdvanceMilliseconds(20);
        Assert.Equal((BackendState.Down, "it has not answered yet: it answers 503"), (State.State, State.Cause));
        _bench.Time.AdvanceMilliseconds(20);

        Assert.Equal(BackendState.Up, State.State);
        Assert.Equal(3, Wire.Probes.Count);
        Wire.Answer = Wire.Ok;
        (await _bench.Run()).Dispose();
    }

    [Fact]
    public async Task Backend_is_up_for_others_while_those_who_waited_are_let_in()
    {
        var calls = Enumerable.Range(0, 50).Select(_ => _bench.Call()).ToArray();
        _bench.Time.AdvanceSeconds(1);
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.After(TimeSpan.FromMilliseconds(100), Wire.Ok);
        _bench.Time.AdvanceMilliseconds(25);

        Assert.Equal((BackendState.Up, CircuitState.Probing, (string?)null, 49), (State.State, State.Circuit, State.Cause, State.WaitingCalls));
        Assert.Equal(1, Wire.InFlight);
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.Equal(CircuitState.Closed, State.Circuit);
    }

    [Fact]
    public void First_call_let_in_that_is_slow_does_not_hold_up_the_others()
    {
        var calls = Enumerable.Range(0, 20).Select(_ => _bench.Call()).ToArray();
        _bench.Time.AdvanceSeconds(1);
        Wire.Probe = Wire.Ok;
        Wire.Answer = ScriptedWire.Sequence(ScriptedWire.Hang, Wire.Ok);
        _bench.Time.AdvanceMilliseconds(300);

        Assert.Equal(19, calls.Count(call => call.IsCompletedSuccessfully));
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backend_that_goes_after_its_first_sign_is_down_as_any_other(bool byStatus)
    {
        var call = _bench.Call();
        _bench.Time.AdvanceSeconds(1);
        Wire.Probe = ScriptedWire.Sequence(Wire.Ok, ScriptedWire.Refuse);
        Wire.Answer = byStatus ? Wire.Unavailable : ScriptedWire.Refuse;
        _bench.Time.AdvanceMilliseconds(25);

        Assert.Equal((BackendState.Down, CircuitState.Open), (State.State, State.Circuit));
        Assert.Contains(_bench.Log, line => line.Contains("is down: " + (byStatus ? "it answers 503" : "the connection is refused"), StringComparison.Ordinal));
        Wire.Probe = Wire.Answer = Wire.Ok;
        (await _bench.Finish(call)).Dispose();
        Assert.Contains(_bench.Log, line => line.Contains("is back after", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_that_must_not_wait_fails_at_once_and_says_why()
    {
        using var bench = new Bench(options => options.Recovery.WhenDown = WhenDown.FailFast, awaited: true);
        bench.Wire.Answer = ScriptedWire.Refuse;
        var first = await bench.FailsAtOnce<BackendException>();
        bench.Time.AdvanceSeconds(1);
        var later = await bench.FailsAtOnce<BackendException>();

        Assert.Equal((BackendFailureReason.CircuitOpen, 0), (first.Reason, first.Attempts));
        foreach (var error in new[] { first, later })
            Assert.Contains("is down: it has not answered yet: the connection is refused", error.Message, StringComparison.Ordinal);
        Assert.InRange(later.RetryAfter!.Value.TotalMilliseconds, 15, 25);
        Assert.Empty(bench.Wire.Calls);
    }

    [Fact]
    public async Task Call_that_waits_in_vain_says_what_was_heard()
    {
        var error = await _bench.Fails();

        Assert.Equal((BackendFailureReason.Unavailable, 0), (error.Reason, error.Attempts));
        Assert.Contains("stayed unavailable: it has not answered yet: the connection is refused", error.Message, StringComparison.Ordinal);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 30, 30.021);
    }

    [Fact]
    public async Task Certificate_that_is_not_trusted_is_nothing_to_wait_for()
    {
        Wire.Probe = ScriptedWire.Sequence(ScriptedWire.Refuse, NotTrusted);
        var waiting = _bench.Call();
        _bench.Time.AdvanceMilliseconds(20);

        Assert.True(waiting.IsCompleted);
        var error = await Assert.ThrowsAsync<BackendException>(() => waiting);
        Assert.Equal((BackendFailureReason.SecureConnection, 0), (error.Reason, error.Attempts));
        error = await _bench.FailsAtOnce<BackendException>();
        Assert.Equal(BackendFailureReason.SecureConnection, error.Reason);
        Assert.Equal((BackendState.Down, "certificate"), (State.State, _bench.Backend.Epoch.Code));
        _bench.Time.AdvanceSeconds(60);
        Assert.Empty(Wire.Calls);

        Wire.Answer = Wire.Probe = Wire.Ok; // Somebody has put it right.
        _bench.Time.AdvanceSeconds(2);
        (await _bench.Run()).Dispose();
    }

    [Fact]
    public async Task Handshake_that_fails_is_waited_for_and_not_tried()
    {
        Wire.Probe = (_, _) => Task.FromException<HttpResponseMessage>(new HttpRequestException(HttpRequestError.SecureConnectionError, "x", new AuthenticationException("an alert")));
        var call = _bench.Call();
        _bench.Time.AdvanceSeconds(20);

        Assert.Equal((BackendState.Down, 1, "tls"), (State.State, State.WaitingCalls, _bench.Backend.Epoch.Code));
        Assert.Empty(Wire.Calls);
        Wire.Answer = Wire.Probe = Wire.Ok;
        (await _bench.Finish(call)).Dispose();
    }

    [Theory]
    [InlineData("says no")]
    [InlineData("is silent")]
    [InlineData("is cut")]
    [InlineData("is not let through")]
    public async Task Path_that_is_wrong_keeps_calls_waiting_until_a_real_one_has_tried(string path)
    {
        Wire.Probe = path switch
        {
            "says no" => Wire.Unavailable,
            "is silent" => ScriptedWire.Hang,
            "is cut" => ScriptedWire.Cut,
            _ => (_, _) => Task.FromException<HttpResponseMessage>(new InvalidOperationException("no user here")),
        };
        var tried = 0;
        Wire.Answer = (request, token) => Interlocked.Increment(ref tried) < 3 ? Wire.Unavailable(request, token) : Wire.Ok(request, token);
        var calls = Enumerable.Range(0, 10).Select(_ => _bench.Call()).ToArray();
        _bench.Time.AdvanceSeconds(14);

        Assert.Equal(2, Wire.Calls.Count); // After 5 s and after 10 s: against its word, one at a time.
        Assert.Equal((BackendState.Down, CircuitState.Closed, 10, 3), (State.State, State.Circuit, State.WaitingCalls, State.BudgetLeft));
        Assert.Equal((0.0, 0), (State.ErrorRate, _bench.Backend.Window.FailuresInARow));
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 15, 18.5); // Probes take a second where the path is silent.
        Assert.Equal(BackendState.Up, State.State);
        Assert.Contains(_bench.Log, line => line.Contains("is there after", StringComparison.Ordinal));
    }

    [Fact]
    public void Path_that_is_wrong_is_not_believed_wrong_while_nobody_waits()
    {
        Wire.Probe = Wire.Unavailable;
        _bench.Backend.Recovery.BeginStartup();
        _bench.Time.AdvanceSeconds(120);

        Assert.Equal((BackendState.Down, "http_503"), (State.State, _bench.Backend.Epoch.Code));
        Assert.Empty(Wire.Calls);
    }

    [Fact]
    public async Task Host_that_stops_lets_nobody_wait()
    {
        var call = _bench.Call();
        _bench.Time.AdvanceSeconds(1);
        _bench.Backend.Entrance.StopWaiting();

        FakeTime.Settle();
        Assert.True(call.IsCompleted);
        var error = await Assert.ThrowsAsync<BackendException>(() => call);
        Assert.Contains("the host is stopping", error.Message, StringComparison.Ordinal);
        _bench.Backend.Dispose();
        FakeTime.Settle();
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(10);
        Assert.Equal(probes, Wire.Probes.Count);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Backend_that_is_put_back_into_service_is_still_to_show_itself(bool begun)
    {
        if (begun)
            _bench.Backend.Recovery.BeginStartup();
        State.Isolate("maintenance");
        FakeTime.Settle();
        Assert.Equal((BackendState.Isolated, CircuitState.Open, "maintenance"), (State.State, State.Circuit, State.Cause));
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(1);
        Assert.Equal(probes, Wire.Probes.Count);

        State.Restore();
        var call = _bench.Call();
        Assert.Equal((BackendState.Down, CircuitState.Closed, probes + 1), (State.State, State.Circuit, Wire.Probes.Count));
        _bench.Time.AdvanceSeconds(1);
        Assert.Empty(Wire.Calls);
        Wire.Answer = Wire.Ok;
        (await _bench.Finish(call)).Dispose();
        State.Isolate("again");
        State.Restore();
        Assert.Equal(BackendState.Up, State.State);
    }

    private static Task<HttpResponseMessage> NotTrusted(HttpRequestMessage request, CancellationToken token) => Task.FromException<HttpResponseMessage>(new HttpRequestException(
        HttpRequestError.SecureConnectionError, "x", new AuthenticationException("The remote certificate is invalid according to the validation procedure: RemoteCertificateNameMismatch")));
}

using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class RecoveryTests : IDisposable
{
    private static readonly AsyncLocal<string?> Context = new();
    private readonly Bench _bench = new();

    private ScriptedWire Wire => _bench.Wire;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Down_backend_is_probed_by_one_loop_and_sent_nothing_else()
    {
        var calls = new List<Task<HttpResponseMessage>> { _bench.GoDown() };
        for (var call = 0; call < 100; call++)
            calls.Add(_bench.Call(call % 3 == 0 ? Bench.Post() : Bench.Get()));
        _bench.Time.AdvanceSeconds(1);

        Assert.Equal(101, _bench.State.WaitingCalls);
        Assert.Single(Wire.Calls);
        Assert.InRange(Wire.Probes.Count, 45, 50); // 20 ms apart: the spread's middle is drawn.

        Wire.Answer = Wire.Ok;
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 1, 1.05);
        Assert.Equal(102, Wire.Calls.Count);
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(100);
        Assert.Equal(probes, Wire.Probes.Count); // The loop has ended.
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(10)]
    [InlineData(200)]
    public async Task Return_costs_the_outage_and_2_percent(double outage)
    {
        using var bench = new Bench(options => options.Timeout = TimeSpan.FromMinutes(10)) { Random = 0.999 };
        var call = bench.GoDown();
        bench.Time.AdvanceSeconds(outage);
        bench.Wire.Answer = bench.Wire.Ok;

        using var response = await bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds - outage, 0, Math.Clamp(outage * 0.025, 0.025, 1.201));
    }

    [Fact]
    public async Task Waiting_call_leaves_at_its_deadline_having_sent_nothing()
    {
        var first = _bench.GoDown();
        _bench.Time.AdvanceSeconds(3);
        var second = _bench.Call();

        var error = await _bench.Fails(first);
        Assert.Equal((BackendFailureReason.Unavailable, 1), (error.Reason, error.Attempts));
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 30, 30.021);
        error = await _bench.Fails(second);
        Assert.Equal((BackendFailureReason.Unavailable, 0), (error.Reason, error.Attempts));
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 33, 33.021);
        Assert.InRange(error.Elapsed.TotalSeconds, 30, 30.021);
        Assert.Contains("refused", error.Message, StringComparison.Ordinal);
        Assert.Contains("Backends:catalog:Timeout (30 s)", error.Message, StringComparison.Ordinal);
        Assert.InRange(error.RetryAfter!.Value.TotalSeconds, 0.5, 1);
        Assert.Single(Wire.Calls);
        Assert.Equal((0, 0), (_bench.State.WaitingCalls, _bench.InFlight.Count));
    }

    [Fact]
    public async Task Waiting_call_that_got_a_503_gets_it_back_at_its_deadline()
    {
        HttpResponseMessage? sent = null;
        Wire.Probe = Wire.Unavailable;
        Wire.Answer = async (request, token) => sent = await Wire.Status(503, body: "restarting")(request, token);
        var request = Bench.Get();
        request.Options.Set(CallOptions.MaxRetries, 0);
        var call = _bench.Call(request);
        _bench.Time.AdvanceSeconds(29.9);
        Assert.Equal((BackendState.Down, 1), (_bench.State.State, _bench.State.WaitingCalls));

        var response = await _bench.Finish(call);

        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 30, 30.021);
        Assert.Same(sent, response);
        Assert.Equal("restarting", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.InRange(Wire.Calls.Count, 2, 7); // A real call every 5 s, in case that the health path is wrong.
        response.Dispose();
        Assert.Equal(0, Wire.Undisposed);
    }

    [Fact]
    public async Task Calls_are_let_in_along_the_ramp()
    {
        var calls = new List<Task<HttpResponseMessage>> { _bench.GoDown() };
        for (var call = 0; call < 100; call++)
            calls.Add(_bench.Call());
        _bench.Time.AdvanceSeconds(1);
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.After(TimeSpan.FromMilliseconds(100), Wire.Ok);
        _bench.Time.AdvanceUntil(() => Wire.InFlight > 0, TimeSpan.FromSeconds(1));

        foreach (var most in new[] { 1, 4, 8, 12, 15, 19 }) // Ten are the fewest that count as usual.
        {
            Wire.MostInFlight = 0;
            Assert.Equal(most, Wire.InFlight);
            _bench.Time.AdvanceMilliseconds(99);
            Assert.Equal((most, CircuitState.Probing), (Wire.InFlight, _bench.State.Circuit));
            Assert.True(Wire.MostInFlight <= most);
            _bench.Time.AdvanceMilliseconds(1);
        }

        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.Equal(CircuitState.Closed, _bench.State.Circuit);
    }

    [Fact]
    public async Task Failing_ramp_puts_the_others_back()
    {
        var calls = new List<Task<HttpResponseMessage>> { _bench.GoDown() };
        for (var call = 0; call < 50; call++)
            calls.Add(_bench.Call());
        var since = _bench.State.Since;
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.Unavailable;
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(2);

        Assert.Equal((51, BackendState.Down), (_bench.State.WaitingCalls, _bench.State.State));
        Assert.Equal(since, _bench.State.Since, TimeSpan.FromMilliseconds(0.01));
        Assert.Equal(1 + Wire.Probes.Count - probes, Wire.Calls.Count); // One trial per sign of life.
        Assert.All(calls, call => Assert.False(call.IsCompleted));
        Assert.Single(_bench.Log, line => line.Contains("is down", StringComparison.Ordinal));

        Wire.Answer = Wire.Ok;
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
        Assert.Equal(0, Wire.Undisposed);
        Assert.Single(_bench.Log, line => line.Contains("is back", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Trial_is_a_call_that_bears_to_fail()
    {
        Wire.Answer = ScriptedWire.Refuse;
        var calls = new List<Task<HttpResponseMessage>> { _bench.Call(Bench.Post()), _bench.Call(Bench.Post()), _bench.Call(), _bench.Call(Bench.Post("key")) };
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.After(TimeSpan.FromSeconds(1), Wire.Ok);
        _bench.Time.AdvanceSeconds(0.2);

        Assert.Equal([HttpMethod.Post, HttpMethod.Get], Wire.Calls.Select(call => call.Method));
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();
    }

    [Fact]
    public async Task Trial_is_a_post_where_nothing_else_waits()
    {
        Wire.Answer = ScriptedWire.Sequence(ScriptedWire.Refuse, Wire.Ok);
        Wire.Probe = Wire.Ok;

        using var response = await _bench.Run(Bench.Post());

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Return_without_anybody_waiting_is_found_by_the_next_call()
    {
        using var source = new CancellationTokenSource();
        Wire.Answer = ScriptedWire.Refuse;
        var gone = _bench.CallFor(source);
        await source.CancelAsync();
        Wire.Answer = Wire.Ok;
        _bench.Time.AdvanceSeconds(1);
        Assert.True(gone.IsCanceled);

        var call = _bench.Call();

        Assert.True(call.IsCompletedSuccessfully);
        Assert.Equal(BackendState.Up, _bench.State.State);
        (await call).Dispose();
    }

    [Fact]
    public async Task Call_that_does_not_wait_fails_fast_and_sends_nothing()
    {
        using var bench = new Bench(options => options.Recovery.WhenDown = WhenDown.FailFast);
        bench.Wire.Answer = ScriptedWire.Refuse;
        var error = await bench.Fails();
        Assert.Equal((BackendFailureReason.Unavailable, 1), (error.Reason, error.Attempts));

        var call = bench.Call();
        Assert.True(call.IsCompleted);
        error = await Assert.ThrowsAsync<BackendException>(() => call);
        Assert.Equal((BackendFailureReason.CircuitOpen, 0), (error.Reason, error.Attempts));
        Assert.Single(bench.Wire.Calls);

        bench.Wire.Answer = bench.Wire.Ok;
        bench.Time.AdvanceSeconds(1);
        call = bench.Call();
        Assert.True(call.IsCompletedSuccessfully);
        Assert.Equal(BackendState.Up, bench.State.State);
    }

    [Fact]
    public async Task Call_that_does_not_wait_says_that_the_circuit_is_open()
    {
        using var bench = new Bench(options =>
        {
            options.Recovery.WhenDown = WhenDown.FailFast;
            options.Retry.MaxRetries = 0;
        });
        bench.Wire.Answer = bench.Wire.Unavailable;
        for (var call = 0; call < 5; call++)
        {
            (await bench.Run()).Dispose();
            bench.Time.AdvanceSeconds(1);
        }

        var error = await bench.Fails();
        Assert.Equal((BackendFailureReason.CircuitOpen, 0), (error.Reason, error.Attempts));
        Assert.Contains("it answers 503", error.Message, StringComparison.Ordinal);
        Assert.Contains("Recovery:WhenDown", error.Message, StringComparison.Ordinal);
        Assert.Equal(5, bench.Wire.Calls.Count);
    }

    [Fact]
    public async Task Single_call_may_fail_fast_where_others_wait()
    {
        var waiting = _bench.GoDown();
        var request = Bench.Get();
        request.Options.Set(CallOptions.WhenDown, WhenDown.FailFast);

        var call = _bench.Call(request);

        Assert.True(call.IsFaulted);
        Assert.False(waiting.IsCompleted);
        await Assert.ThrowsAsync<BackendException>(() => call);
    }

    [Fact]
    public async Task More_calls_than_may_wait_fail_at_once()
    {
        using var bench = new Bench(options => options.Recovery.MaxWaiting = 2);
        var calls = new[] { bench.GoDown(), bench.Call() };

        var error = await bench.FailsAtOnce<BackendException>();

        Assert.Equal((BackendFailureReason.TooManyWaiting, 0), (error.Reason, error.Attempts));
        Assert.Contains("Recovery:MaxWaiting (2)", error.Message, StringComparison.Ordinal);
        bench.Wire.Answer = bench.Wire.Ok;
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();
    }

    [Theory]
    [InlineData(200, true)]
    [InlineData(204, true)]
    [InlineData(302, true)]
    [InlineData(401, true)]
    [InlineData(404, true)]
    [InlineData(408, false)]
    [InlineData(429, false)]
    [InlineData(500, false)]
    [InlineData(503, false)]
    public async Task Answer_of_a_probe_tells_whether_the_backend_is_back(int status, bool alive)
    {
        var call = _bench.GoDown();
        Wire.Answer = Wire.Ok;
        Wire.Probe = Wire.Status(status);
        _bench.Time.AdvanceSeconds(1);

        Assert.Equal(alive, call.IsCompletedSuccessfully);
        Assert.Equal(status is 302 or 401 or 404, _bench.Log.Any(line => line.Contains("Recovery:ProbePath", StringComparison.Ordinal)));
        if (alive)
            (await call).Dispose();
        Assert.Equal(0, Wire.Undisposed);
    }

    [Fact]
    public async Task Probe_that_hangs_or_breaks_is_followed_by_the_next()
    {
        var call = _bench.GoDown();
        Wire.Answer = Wire.Ok;
        Wire.Probe = ScriptedWire.Sequence(ScriptedWire.Hang, ScriptedWire.Refuse, ScriptedWire.Cut, Wire.Ok);

        using var response = await _bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(4, Wire.Probes.Count);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 1, 1.2); // The first one was cut after its second.
    }

    [Fact]
    public async Task Backend_without_probe_path_is_tried_with_one_call_at_a_time()
    {
        using var bench = new Bench(options => options.Recovery.ProbePath = "");
        var calls = new List<Task<HttpResponseMessage>> { bench.GoDown() };
        for (var call = 0; call < 20; call++)
            calls.Add(bench.Call());
        bench.Wire.MostInFlight = 0;
        bench.Time.AdvanceSeconds(1);

        Assert.InRange(bench.Wire.Calls.Count, 40, 51);
        Assert.Equal(1, bench.Wire.MostInFlight);
        bench.Wire.Answer = bench.Wire.Ok;
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();
        Assert.Empty(bench.Wire.Probes);
    }

    [Fact]
    public async Task Probe_carries_nothing_of_the_call_that_found_the_backend_down()
    {
        var seen = "not probed";
        Wire.Probe = (request, token) =>
        {
            seen = Context.Value;
            return Wire.Ok(request, token);
        };
        Context.Value = "the call's";
        var call = _bench.GoDown();
        Wire.Answer = Wire.Ok;
        (await _bench.Finish(call)).Dispose();
        Context.Value = null;

        Assert.Null(seen);
    }

    [Fact]
    public async Task Isolated_backend_refuses_calls_waiting_ones_too_until_restored()
    {
        var waiting = _bench.GoDown();
        Wire.Answer = Wire.Ok;
        Wire.Probe = ScriptedWire.Refuse;
        _bench.State.Isolate("new disks");
        FakeTime.Settle();

        Assert.True(waiting.IsCompleted);
        Assert.Equal(BackendFailureReason.Isolated, (await Assert.ThrowsAsync<BackendException>(() => waiting)).Reason);
        var error = await _bench.FailsAtOnce<BackendException>();
        Assert.Equal((BackendFailureReason.Isolated, 0), (error.Reason, error.Attempts));
        Assert.Contains("new disks", error.Message, StringComparison.Ordinal);
        Assert.Equal((BackendState.Isolated, CircuitState.Open, "new disks"), (_bench.State.State, _bench.State.Circuit, _bench.State.Cause));

        _bench.State.Isolate("still new disks");
        Assert.Equal("still new disks", _bench.State.Cause);
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(100);
        Assert.Equal((probes, BackendState.Isolated), (Wire.Probes.Count, _bench.State.State));

        _bench.State.Restore();
        Assert.Equal((BackendState.Up, (string?)null), (_bench.State.State, _bench.State.Cause));
        (await _bench.Run()).Dispose();
    }

    [Fact]
    public async Task Isolation_lets_attempts_under_way_end_as_they_may()
    {
        Wire.Answer = Wire.After(TimeSpan.FromSeconds(1), Wire.Ok);
        var call = _bench.Call();
        _bench.State.Isolate("maintenance");

        using var response = await _bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal(BackendState.Isolated, _bench.State.State);
    }

    [Fact]
    public void Isolation_needs_a_reason_and_restoring_needs_an_isolation()
    {
        Assert.Throws<ArgumentException>(() => _bench.State.Isolate(" "));
        var call = _bench.GoDown();
        _bench.State.Restore();

        Assert.Equal(BackendState.Down, _bench.State.State);
        Assert.False(call.IsCompleted);
    }

    [Fact]
    public async Task End_of_the_host_releases_who_waits()
    {
        var waiting = _bench.GoDown();
        _bench.Backend.Dispose();
        FakeTime.Settle();

        Assert.True(waiting.IsCompleted);
        Assert.Equal(BackendFailureReason.Unavailable, (await Assert.ThrowsAsync<BackendException>(() => waiting)).Reason);
        var error = await _bench.FailsAtOnce<BackendException>();
        Assert.Contains("the host is stopping", error.Message, StringComparison.Ordinal);
        var probes = Wire.Probes.Count;
        _bench.Time.AdvanceSeconds(100);
        Assert.Equal(probes, Wire.Probes.Count);
        Assert.Equal(0, _bench.InFlight.Count);
    }

    [Fact]
    public async Task Lone_call_of_a_backend_that_says_it_is_not_ready_waits_for_its_return()
    {
        Wire.Answer = Wire.Status((int)HttpStatusCode.BadGateway);
        var call = _bench.Call();
        _bench.Time.AdvanceSeconds(20);
        Assert.Equal(BackendState.Down, _bench.State.State);
        Wire.Answer = Wire.Ok;

        using var response = await _bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 20, 20.5);
        Assert.InRange(Wire.Calls.Count, 5, 8); // Four attempts, one every 5 s in case that the health path is wrong, the answer.
    }
}

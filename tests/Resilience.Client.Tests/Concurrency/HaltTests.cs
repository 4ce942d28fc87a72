using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>A backend of which nothing comes back any more, while many more are under way than usual: whether it is halted, its health path tells.</summary>
[Collection(VirtualTime.Name)]
public sealed class HaltTests : IDisposable
{
    private readonly Bench _bench = new();
    private readonly List<Task<HttpResponseMessage>> _calls = [];
    private readonly TaskCompletionSource _goesOn = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public HaltTests()
    {
        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromMilliseconds(10), _bench.Wire.Ok);
        _bench.Wire.Probe = _bench.Wire.Ok;
        Load(1);
        _calls.Clear();
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Halted_backend_is_sent_no_more_once_its_health_path_is_silent_as_well()
    {
        Halt();
        Load(1);
        var sent = _bench.State.InFlight;
        Assert.InRange(sent, 150, 350); // Of 500: those of a quarter of a second, and of the time that its health is given.
        Load(2);
        Assert.Equal((sent, 1500 - sent), (_bench.State.InFlight, _bench.State.WaitingCalls));
        Assert.StartsWith(
            "Warning: Backend catalog is overloaded: it answered nothing any more, nor did its health path, and no more than",
            Assert.Single(_bench.Log, line => !line.StartsWith("Debug", StringComparison.Ordinal)), StringComparison.Ordinal);
        var check = await new BackendCheck(_bench.Backend, null!).CheckHealthAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal(HealthStatus.Healthy, check.Status); // Up, but overloaded.

        GoOn();
        _bench.Time.AdvanceSeconds(5);

        Assert.All(_calls, call => Assert.True(call.IsCompletedSuccessfully));
        Assert.Equal((0, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
    }

    [Fact]
    public void Those_that_waited_do_not_all_come_at_once_when_it_goes_on()
    {
        Halt();
        Load(2);
        GoOn();
        Assert.InRange(_bench.State.InFlight, 10, 20); // Of that many, twice the usual.
        _bench.Time.AdvanceSeconds(5);
        Assert.All(_calls, call => Assert.True(call.IsCompletedSuccessfully));
    }

    [Fact]
    public void Backend_whose_health_path_is_answered_while_calls_take_long_is_sent_all()
    {
        _bench.Wire.Answer = ScriptedWire.Hang;
        Load(1);
        Assert.Equal((500, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
        Assert.InRange(_bench.Wire.Probes.Count, 1, 4); // Each silence of a quarter of a second asks once.
    }

    [Fact]
    public void Backend_whose_health_path_is_answered_again_while_calls_are_not_is_sent_all_that_waits()
    {
        Halt();
        Load(1.5);
        Assert.NotEqual(0, _bench.State.WaitingCalls);
        _bench.Wire.Probe = _bench.Wire.Ok; // The next one; the one under way is given a second.
        _bench.Time.AdvanceSeconds(2.5);
        Assert.Equal((750, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
    }

    [Fact]
    public void Health_path_that_is_answered_first_by_one_that_goes_on_lets_nobody_in()
    {
        Halt();
        Load(1.5);
        var sent = _bench.State.InFlight;
        _bench.Wire.Probe = _bench.Wire.Ok;
        var probes = _bench.Wire.Probes.Count;
        _bench.Time.AdvanceUntil(() => _bench.Wire.Probes.Count > probes, TimeSpan.FromSeconds(2));
        _bench.Time.AdvanceSeconds(0.1);
        Assert.Equal(sent, _bench.State.InFlight);
        GoOn();
        Assert.InRange(_bench.State.InFlight, 10, 20);
        _bench.Time.AdvanceSeconds(5);
        Assert.All(_calls, call => Assert.True(call.IsCompletedSuccessfully));
    }

    [Fact]
    public void Health_path_that_is_slow_by_itself_is_mistaken_for_silent_once()
    {
        _bench.Wire.Answer = ScriptedWire.Hang;
        _bench.Wire.Probe = _bench.Wire.After(TimeSpan.FromMilliseconds(400), _bench.Wire.Ok);
        Load(0.7);
        Assert.NotEqual(0, _bench.State.WaitingCalls);
        Load(0.5);
        Assert.Equal((600, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
        Load(0.79); // No more than Concurrency:Max.
        Assert.Equal((995, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
        Assert.InRange(_bench.Wire.Probes.Count, 2, 3);
    }

    [Fact]
    public void Backend_that_goes_on_is_said_to_be_overloaded_by_its_latency_or_not_at_all()
    {
        Halt();
        Load(5);
        Assert.Contains("answered nothing any more", _bench.Backend.Limit.Cause, StringComparison.Ordinal);
        GoOn();
        _bench.Time.AdvanceMilliseconds(50);
        Assert.DoesNotContain("answered nothing any more", _bench.Backend.Limit.Cause, StringComparison.Ordinal);
        Load(1);
        Assert.Equal((1000, 0), (_bench.State.ConcurrencyLimit, _bench.State.WaitingCalls)); // It answers as quickly as ever.
    }

    [Fact]
    public void Straggler_that_comes_back_does_not_leave_the_others_held_for_good()
    {
        var first = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _bench.Wire.Answer = ScriptedWire.Sequence((_, _) => first.Task, ScriptedWire.Hang);
        _bench.Wire.Probe = ScriptedWire.Hang;
        Load(1);
        Assert.NotEqual(0, _bench.State.WaitingCalls);
        _bench.Wire.Probe = _bench.Wire.Ok;
        first.SetResult(_bench.Wire.Response(System.Net.HttpStatusCode.OK));
        _bench.Time.AdvanceSeconds(2.5); // A second for the question under way, the next one, and a quarter of a second after each.
        Assert.Equal((499, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
    }

    [Fact]
    public void Calls_that_come_back_one_by_one_while_the_health_path_is_answered_do_not_keep_the_others_waiting()
    {
        var slow = 0;
        _bench.Wire.Answer = (request, token) => _bench.Wire.After(TimeSpan.FromMilliseconds(700 + (Interlocked.Increment(ref slow) * 20)), _bench.Wire.Ok)(request, token);
        _bench.Wire.Probe = _bench.Wire.After(TimeSpan.FromMilliseconds(800), _bench.Wire.Ok); // This once.
        Load(0.8);
        Assert.NotEqual(0, _bench.State.WaitingCalls);
        _bench.Wire.Probe = _bench.Wire.Ok;
        _bench.Time.AdvanceSeconds(3.5);
        Assert.InRange(_bench.State.InFlight, 150, 400); // Held at twice the usual they would be a dozen by now.
    }

    [Fact]
    public void Halts_do_not_make_it_more_patient()
    {
        var before = _bench.Backend.Limit.TimeForHealth;
        for (var halt = 0; halt < 5; halt++)
        {
            var goesOn = new TaskCompletionSource();
            Halt(goesOn);
            Load(1.5);
            _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromMilliseconds(10), _bench.Wire.Ok);
            _bench.Wire.Probe = _bench.Wire.Ok;
            goesOn.SetResult();
            Load(3);
            Assert.Equal(0, _bench.State.WaitingCalls);
            _bench.Time.AdvanceSeconds(2); // Nobody calls.
        }

        Assert.InRange(_bench.Backend.Limit.TimeForHealth, before * 0.5, before * 1.5);
    }

    [Fact]
    public void Callers_who_leave_do_not_make_room_for_others_while_it_is_halted()
    {
        using var callers = new CancellationTokenSource();
        _bench.Wire.Answer = _bench.Wire.Probe = ScriptedWire.Hang;
        _bench.Time.AdvanceSeconds(1);
        for (var call = 0; call < 100; call++)
            _calls.Add(_bench.CallFor(callers));
        Load(1);
        var sent = _bench.State.InFlight;
        callers.Cancel();
        _bench.Time.AdvanceSeconds(1);
        Assert.Equal(sent - 100, _bench.State.InFlight);
    }

    [Theory]
    [InlineData(200)]
    [InlineData(503)]
    public void Whatever_is_answered_meanwhile_is_an_answer(int status)
    {
        Halt();
        Load(0.3);
        Assert.Single(_bench.Wire.Probes);
        _bench.Wire.Answer = _bench.Wire.Status(status);
        _calls.Add(_bench.Call());
        Halt();
        Load(0.2);
        Assert.Equal(0, _bench.State.WaitingCalls);
    }

    [Fact]
    public void Callers_that_leave_before_its_health_has_been_silent_for_long_enough_leave_no_limit_behind()
    {
        using var callers = new CancellationTokenSource();
        _bench.Wire.Answer = _bench.Wire.Probe = ScriptedWire.Hang;
        _bench.Time.AdvanceSeconds(1);
        for (var call = 0; call < 60; call++)
            _calls.Add(_bench.CallFor(callers));
        _bench.Time.AdvanceMilliseconds(500);
        _calls.Add(_bench.CallFor(callers));
        Assert.Single(_bench.Wire.Probes);
        callers.Cancel();
        _bench.Time.AdvanceMilliseconds(500);
        Assert.Equal(1000, _bench.State.ConcurrencyLimit);
    }

    [Fact]
    public void Operator_who_takes_it_out_of_service_and_puts_it_back_ends_a_halt()
    {
        Halt();
        Load(1);
        _bench.State.Isolate("a test");
        _bench.State.Restore();
        Assert.Equal(1000, _bench.State.ConcurrencyLimit);
    }

    [Fact]
    public void Usual_latency_beyond_a_probes_time_limit_is_no_reason_to_take_its_silence_for_an_answer()
    {
        using var bench = new Bench(options => options.Concurrency.Max = 5000);
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromMilliseconds(300), bench.Wire.Ok); // 100 ms and four times that are more than a probe's second.
        Load(bench, 2);
        bench.Wire.Answer = bench.Wire.Probe = ScriptedWire.Hang;
        Load(bench, 5);
        Assert.NotEqual(0, bench.State.WaitingCalls);
    }

    [Fact]
    public void Few_more_than_usual_that_keep_silent_are_no_reason_to_ask()
    {
        Halt();
        for (var call = 0; call < 35; call++)
            _calls.Add(_bench.Call());
        _bench.Time.AdvanceSeconds(5);
        _calls.Add(_bench.Call());
        Assert.Equal((36, 0), (_bench.State.InFlight, _bench.Wire.Probes.Count));
    }

    [Fact]
    public void Crowd_that_comes_after_a_pause_is_let_in_at_once()
    {
        _bench.Time.AdvanceSeconds(60);
        _bench.Wire.Answer = ScriptedWire.Hang;
        for (var call = 0; call < 500; call++)
            _calls.Add(_bench.Send(Bench.Get()));
        FakeTime.Settle();
        Assert.Equal((500, 0, 0), (_bench.State.InFlight, _bench.State.WaitingCalls, _bench.Wire.Probes.Count));
    }

    [Fact]
    public void Options_that_are_reloaded_end_a_halt_where_no_latency_limits_any_more()
    {
        Halt();
        Load(1);
        Assert.NotEqual(0, _bench.State.WaitingCalls);
        _bench.Backend.Reload(new() { Address = TestSettings.Address, Concurrency = { Mode = ConcurrencyMode.Fixed } });
        Assert.Equal((500, 0), (_bench.State.InFlight, _bench.State.WaitingCalls));
    }

    [Fact]
    public void Outage_that_follows_leaves_nothing_held()
    {
        Halt();
        Load(2);
        Assert.InRange(_bench.State.ConcurrencyLimit ?? 0, 10, 20);
        _bench.Wire.Answer = _bench.Wire.Probe = ScriptedWire.Refuse;
        _goesOn.SetException(ScriptedWire.Refused());
        _bench.Time.AdvanceSeconds(1);
        Assert.Equal(BackendState.Down, _bench.State.State);
        Assert.Equal(1000, _bench.State.ConcurrencyLimit);
    }

    [Theory]
    [InlineData(ConcurrencyMode.Fixed)]
    [InlineData(ConcurrencyMode.None)]
    public void Where_no_latency_limits_no_silence_does(ConcurrencyMode mode)
    {
        using var bench = new Bench(options => options.Concurrency.Mode = mode);
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromMilliseconds(10), bench.Wire.Ok);
        Load(bench, 1);
        bench.Wire.Answer = bench.Wire.Probe = ScriptedWire.Hang;
        Load(bench, 1);
        Assert.Equal((500, 0), (bench.State.InFlight, bench.Wire.Probes.Count));
    }

    private void Halt() => Halt(_goesOn);

    private void Halt(TaskCompletionSource goesOn) => _bench.Wire.Answer = _bench.Wire.Probe = async (request, token) =>
    {
        await goesOn.Task.WaitAsync(token);
        return await _bench.Wire.Ok(request, token);
    };

    private void GoOn()
    {
        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromMilliseconds(10), _bench.Wire.Ok);
        _bench.Wire.Probe = _bench.Wire.Ok;
        _goesOn.SetResult();
        FakeTime.Settle();
    }

    private void Load(double seconds) => _calls.AddRange(Load(_bench, seconds));

    // 500 a second.
    private static List<Task<HttpResponseMessage>> Load(Bench bench, double seconds)
    {
        var calls = new List<Task<HttpResponseMessage>>();
        for (var call = 0; call < 500 * seconds; call++)
        {
            calls.Add(bench.Send(Bench.Get()));
            bench.Time.AdvanceMilliseconds(2);
        }

        return calls;
    }
}

using Xunit;

namespace Resilience.Client.Tests;

/// <summary>An outage that shows as attempts that are not answered in time: too much for the backend, mostly, of many processes like this one.</summary>
[Collection(VirtualTime.Name)]
public sealed class LateTests : IDisposable
{
    private readonly Bench _bench = new(options => options.AttemptTimeout = TimeSpan.FromSeconds(1));
    private readonly List<TimeSpan> _arrivals = [];

    public void Dispose() => _bench.Dispose();

    [Fact]
    public void Few_attempts_not_answered_in_time_are_an_outage_of_a_quiet_backend()
    {
        _bench.Wire.Answer = Arrive(ScriptedWire.Hang);
        _ = _bench.Call();
        _bench.Time.AdvanceSeconds(2.5);
        _ = _bench.Call();
        _bench.Time.AdvanceUntil(() => _bench.State.State != BackendState.Up, TimeSpan.FromSeconds(2));

        Assert.Equal(3, _arrivals.Count); // One retry.
    }

    [Fact]
    public async Task Slow_answers_after_it_let_one_in_at_a_time_with_a_rest_of_twice_as_long()
    {
        var calls = GoDown();
        _bench.Wire.Answer = Arrive(_bench.Wire.After(TimeSpan.FromMilliseconds(200), _bench.Wire.Ok));
        _arrivals.Clear();
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        Assert.Equal(calls.Length, _arrivals.Count);
        Assert.All(_arrivals.Zip(_arrivals.Skip(1), (one, next) => (next - one).TotalMilliseconds), apart => Assert.InRange(apart, 590, 640));
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Quick_answers_after_it_let_more_in_without_a_rest()
    {
        var calls = GoDown();
        _bench.Wire.Answer = Arrive(_bench.Wire.After(TimeSpan.FromMilliseconds(50), _bench.Wire.Ok));
        _arrivals.Clear();
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        Assert.InRange((_arrivals[^1] - _arrivals[0]).TotalMilliseconds, 50, 120);
    }

    [Theory]
    [InlineData(ConcurrencyMode.Adaptive)]
    [InlineData(ConcurrencyMode.None)]
    public void Backend_that_is_slow_by_nature_is_up_again_all_the_same(ConcurrencyMode mode)
    {
        using var bench = new Bench(options => options.Concurrency.Mode = mode);
        var answer = bench.Wire.After(TimeSpan.FromSeconds(2), bench.Wire.Ok); // A fifth of AttemptTimeout.
        Load(10, answer, bench.Wire.Ok);
        Load(15, ScriptedWire.Hang, ScriptedWire.Hang);
        Assert.NotEqual(BackendState.Up, bench.State.State);
        Load(30, answer, bench.Wire.Ok);
        Assert.Equal((BackendState.Up, 0), (bench.State.State, bench.State.WaitingCalls));

        void Load(int seconds, ScriptedWire.Script script, ScriptedWire.Script probe)
        {
            (bench.Wire.Answer, bench.Wire.Probe) = (script, probe);
            for (var call = 0; call < 10 * seconds; call++)
            {
                _ = bench.Send(Bench.Get());
                bench.Time.AdvanceSeconds(0.1);
            }
        }
    }

    [Theory]
    [InlineData(0.5)]
    [InlineData(1)]
    public void One_path_that_hangs_among_others_that_answer_is_no_outage(double callsPerSecond)
    {
        using var bench = new Bench();
        (bench.Wire.Probe, bench.Wire.Answer) = (bench.Wire.Ok, (request, token) =>
            request.RequestUri!.AbsolutePath == "/report" ? ScriptedWire.Hang(request, token) : bench.Wire.Ok(request, token));
        for (var call = 0; call < 120 * callsPerSecond; call++)
        {
            _ = bench.Send(Bench.Get("report"));
            Assert.True(bench.Call().IsCompletedSuccessfully);
            bench.Time.AdvanceSeconds(1 / callsPerSecond);
        }

        Assert.DoesNotContain(bench.Log, line => line.Contains("is down", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Call_that_is_not_answered_holds_others_up_only_as_far_as_the_budget_goes()
    {
        using var bench = new Bench(options => options.Timeout = TimeSpan.FromMinutes(1));
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = (request, token) => request.RequestUri!.AbsolutePath == "/report" ? ScriptedWire.Hang(request, token) : bench.Wire.Ok(request, token);
        var reports = new List<Task>();
        for (var report = 0; report < 4; report++)
        {
            reports.Add(bench.Call(Bench.Get("report")));
            bench.Time.AdvanceSeconds(0.3);
        }

        bench.Time.AdvanceUntil(() => bench.State.State != BackendState.Up, TimeSpan.FromSeconds(12));
        bench.Time.AdvanceSeconds(0.1); // One of them is tried.
        var quick = new List<Task<HttpResponseMessage>>();
        for (var call = 0; call < 10; call++)
        {
            quick.Add(bench.Call());
            bench.Time.AdvanceSeconds(0.2);
        }

        Assert.All(quick, call => Assert.True(call.IsCompletedSuccessfully));
        foreach (var call in quick)
            (await call).Dispose();
    }

    // By timeouts; four calls wait then, too few for a share of the budget.
    private Task<HttpResponseMessage>[] GoDown()
    {
        _bench.Wire.Probe = ScriptedWire.Hang;
        _bench.Wire.Answer = ScriptedWire.Hang;
        var calls = Enumerable.Range(0, 4).Select(_ => _bench.Call()).ToArray();
        _bench.Time.AdvanceUntil(() => _bench.State.State == BackendState.Down && _bench.State.WaitingCalls == calls.Length, TimeSpan.FromSeconds(10));
        _bench.Wire.Probe = _bench.Wire.Ok;
        return calls;
    }

    private ScriptedWire.Script Arrive(ScriptedWire.Script script) => (request, token) =>
    {
        lock (_arrivals)
            _arrivals.Add(_bench.Time.Elapsed);
        return script(request, token);
    };
}

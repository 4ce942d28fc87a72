using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Thousands of calls wait for a backend of known capacity: its return must not be its next outage.</summary>
[Collection(VirtualTime.Name)]
public sealed class HerdTests : IDisposable
{
    private const int Waiting = 5_000;
    private readonly Bench _bench = new();
    private readonly Queue<TaskCompletionSource> _queue = new();
    private readonly List<TimeSpan> _arrivals = [];
    private int _free;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(20, 10)] // 2,000 a second.
    [InlineData(4, 2)]
    [InlineData(50, 100)] // 500 a second.
    public async Task Backend_that_returns_sees_no_more_than_its_capacity(int workers, int milliseconds)
    {
        var capacity = workers * 1000 / milliseconds;
        _free = workers;
        _bench.Wire.Answer = Serve(TimeSpan.FromMilliseconds(milliseconds));
        _bench.Wire.Probe = _bench.Wire.Ok;
        for (var call = 0; call < 200; call++) // What latency is usual.
            (await _bench.Run()).Dispose();
        var serve = _bench.Wire.Answer;
        _bench.Wire.Answer = _bench.Wire.Probe = ScriptedWire.Refuse;
        var calls = Enumerable.Range(0, Waiting).Select(_ => _bench.Send(Bench.Get())).ToArray();
        FakeTime.Settle();
        Assert.Equal(Waiting, _bench.State.WaitingCalls);
        _bench.Time.AdvanceSeconds(3);

        _bench.Wire.MostInFlight = 0;
        _arrivals.Clear();
        (_bench.Wire.Answer, _bench.Wire.Probe) = (serve, _bench.Wire.Ok);
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        var began = _arrivals[0];
        var early = _arrivals.Count(at => at - began <= TimeSpan.FromMilliseconds(100));
        var took = (_bench.Time.Elapsed - began).TotalSeconds;
        TestContext.Current.TestOutputHelper?.WriteLine($"{early} in 100 ms, most at once {_bench.Wire.MostInFlight}, all in {took:0.00} s");
        Assert.InRange(early, 1, Math.Max(20, capacity / 10 * 1.25));
        Assert.InRange(took, 0, 1.5 * Waiting / capacity);
    }

    [Fact]
    public async Task Backend_that_returns_cold_is_sent_as_many_a_second_as_before()
    {
        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromMilliseconds(10), _bench.Wire.Ok);
        for (var round = 0; round < 20; round++)
        {
            var usual = Enumerable.Range(0, 50).Select(_ => _bench.Send(Bench.Get())).ToArray();
            foreach (var call in usual)
                (await _bench.Finish(call)).Dispose();
        }

        _bench.Wire.Answer = _bench.Wire.Probe = ScriptedWire.Refuse;
        var calls = Enumerable.Range(0, 1_000).Select(_ => _bench.Send(Bench.Get())).ToArray();
        FakeTime.Settle();
        _bench.Time.AdvanceSeconds(3);
        var began = _bench.Time.Elapsed;
        (_bench.Wire.Answer, _bench.Wire.Probe) = (_bench.Wire.After(TimeSpan.FromMilliseconds(100), _bench.Wire.Ok), _bench.Wire.Ok);
        foreach (var call in calls)
            (await _bench.Finish(call)).Dispose();

        // 1, 4, 8 … up to 500 at once, each for 100 ms.
        Assert.InRange((_bench.Time.Elapsed - began).TotalSeconds, 0.9, 1.4);
    }

    // So many at a time, in the order in which they come.
    private ScriptedWire.Script Serve(TimeSpan service) => async (request, token) =>
    {
        TaskCompletionSource? turn = null;
        lock (_queue)
        {
            _arrivals.Add(_bench.Time.Elapsed);
            if (_free > 0)
                _free--;
            else
                _queue.Enqueue(turn = new(TaskCreationOptions.RunContinuationsAsynchronously));
        }

        if (turn is not null)
            await turn.Task;
        await _bench.Time.Delay(service, CancellationToken.None);
        lock (_queue)
        {
            if (_queue.TryDequeue(out var next))
                next.SetResult();
            else
                _free++;
        }

        return await _bench.Wire.Ok(request, token);
    };
}

using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class FlappingTests : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);
    // 50 outages within seconds, in each of which a third of the callers gets a 503 before any is refused: one call may meet many of them,
    // and each uses up a retry, which is more than budget and retries are meant for in peace. Time runs on while a busy machine lets callers wait for a processor: no attempt
    // is to end by that.
    private readonly Bench _bench = new(options =>
        (options.Timeout, options.AttemptTimeout, options.Retry.MaxRetries, options.Budget.Ratio) = (TimeSpan.FromHours(1), TimeSpan.FromHours(1), 10, 1));

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Backend_that_flaps_loses_no_call_and_answers_none_twice()
    {
        const int Callers = 64, Flaps = 50;
        var isUp = true;
        var answered = new ConcurrentDictionary<string, int>();
        var modes = 0;
        _bench.Wire.Answer = async (request, token) =>
        {
            await Task.Yield();
            if (!Volatile.Read(ref isUp))
                return Interlocked.Increment(ref modes) % 3 == 0 ? await _bench.Wire.Unavailable(request, token) : throw ScriptedWire.Refused();
            var response = await _bench.Wire.Ok(request, token);
            if (request.RequestUri!.Query is { Length: > 0 } id)
            {
                response.Headers.Add("X-Id", id);
                answered.AddOrUpdate(id, 1, (_, count) => count + 1);
            }

            return response;
        };
        var stop = false;
        var callers = Enumerable.Range(0, Callers).Select(caller => Task.Run(() => CallAsync(caller))).ToList();

        var started = Stopwatch.GetTimestamp();
        for (var flap = 0; flap < Flaps; flap++)
        {
            Push(() => _bench.Wire.Calls.Count > 100 * flap, started);
            Volatile.Write(ref isUp, false);
            Push(() => _bench.State.State == BackendState.Down && _bench.State.WaitingCalls > Callers / 2, started);
            Volatile.Write(ref isUp, true);
            Push(() => _bench.State.State == BackendState.Up, started);
        }

        Volatile.Write(ref stop, true);
        var all = Task.WhenAll(callers);
        Push(() => all.IsCompleted, started);
        var made = (await all).Sum();

        Assert.Equal(made, answered.Count);
        Assert.All(answered.Values, count => Assert.Equal(1, count));
        Assert.Equal((0, 0, 0), (_bench.State.WaitingCalls, _bench.InFlight.Count, _bench.Wire.Undisposed));
        Assert.InRange(_bench.Log.Count(line => line.Contains("is down", StringComparison.Ordinal)), Flaps, int.MaxValue);
        Assert.Equal(
            _bench.Log.Count(line => line.Contains("is down", StringComparison.Ordinal)),
            _bench.Log.Count(line => line.Contains("is back", StringComparison.Ordinal)));

        async Task<int> CallAsync(int caller)
        {
            var calls = 0;
            for (; !Volatile.Read(ref stop); calls++)
            {
                var id = $"?{caller}-{calls}";
                using var response = await _bench.Send(Bench.Get("items" + id));
                Assert.Equal(HttpStatusCode.OK, response.StatusCode);
                Assert.Equal(id, response.Headers.GetValues("X-Id").Single());
                await Task.Yield();
            }

            return calls;
        }
    }

    private void Push(Func<bool> done, long started)
    {
        while (!done())
        {
            Assert.True(Stopwatch.GetElapsedTime(started) < Patience, "still not so");
            _bench.Time.Push(TimeSpan.FromMilliseconds(2));
            Thread.Yield();
        }
    }
}

using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Places on the ramp: each is given back, and none is kept from the others.</summary>
[Collection(VirtualTime.Name)]
public sealed class RampPlaceTests : IDisposable
{
    private readonly Bench _bench = new();

    private ScriptedWire Wire => _bench.Wire;

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Waiting_call_whose_request_is_disposed_gives_its_place_back(bool moved)
    {
        await GoDownWithNobodyWaiting();
        using (var request = Bench.Get())
            _ = _bench.Call(request).ContinueWith(call => call.Exception, TaskScheduler.Default);
        Assert.Equal(1, _bench.State.WaitingCalls);
        if (moved)
            _bench.Backend.Reload(new() { Address = new("http://moved.test/") });

        Wire.Answer = Wire.Ok;
        _bench.Time.AdvanceUntil(() => _bench.State.WaitingCalls == 0, TimeSpan.FromSeconds(1));

        // At once, that is before the ramp widens for want of news.
        for (var call = 0; call < 3; call++)
        {
            var next = _bench.Call();
            Assert.True(next.IsCompletedSuccessfully);
            (await next).Dispose();
        }

        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Trial_that_takes_long_lets_others_in_meanwhile()
    {
        await GoDownWithNobodyWaiting();
        Wire.Probe = ScriptedWire.Refuse;
        var slow = _bench.Call(Bench.Get("slow"));
        var fast = new[] { _bench.Call(), _bench.Call(), _bench.Call() };
        _bench.Time.AdvanceSeconds(1);
        Wire.Probe = Wire.Ok;
        Wire.Answer = (request, token) =>
            request.RequestUri!.AbsolutePath == "/slow" ? Wire.After(TimeSpan.FromSeconds(8), Wire.Ok)(request, token) : Wire.Ok(request, token);

        foreach (var call in fast)
            (await _bench.Finish(call)).Dispose();

        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 1.25, 1.35);
        Assert.False(slow.IsCompleted);
        Assert.Equal(BackendState.Up, _bench.State.State);
        (await _bench.Finish(slow)).Dispose();
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 9, 9.1);
    }

    [Fact]
    public async Task Answers_429_widen_the_ramp_like_any_other()
    {
        await GoDownWithNobodyWaiting();
        Wire.Probe = ScriptedWire.Refuse;
        var first = _bench.Call(Bench.Get("limited")); // The trial; after it the newest go first.
        var good = _bench.Call();
        var limited = Enumerable.Range(0, 399).Select(_ => _bench.Send(Bench.Get("limited"))).Prepend(first).ToArray();
        FakeTime.Settle();
        Assert.Equal(401, _bench.State.WaitingCalls);
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.After(TimeSpan.FromMilliseconds(100), (request, token) =>
            request.RequestUri!.AbsolutePath == "/limited" ? Wire.Status(429, retryAfter: "60")(request, token) : Wire.Ok(request, token));

        (await _bench.Finish(good)).Dispose();

        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 0.8, 1.6); // 1, 4, 8, and then a quarter more at a time.
        foreach (var call in limited)
        {
            using var response = await _bench.Finish(call);
            Assert.Equal(HttpStatusCode.TooManyRequests, response.StatusCode);
        }
    }

    private async Task GoDownWithNobodyWaiting()
    {
        Wire.Answer = ScriptedWire.Refuse;
        var request = Bench.Get();
        request.Options.Set(CallOptions.WhenDown, WhenDown.FailFast);
        await _bench.FailsAtOnce<BackendException>(request);
        Assert.Equal((BackendState.Down, 0), (_bench.State.State, _bench.State.WaitingCalls));
    }
}

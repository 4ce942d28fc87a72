using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Where calls and the health path tell different stories, or calls do among each other.</summary>
[Collection(VirtualTime.Name)]
public sealed class ContradictionTests : IDisposable
{
    private readonly Bench _bench = new();

    private ScriptedWire Wire => _bench.Wire;

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Handler_that_throws_in_probes_does_not_keep_the_outage_open()
    {
        using var bench = new ChainBench((request, send) => request.RequestUri!.AbsolutePath.EndsWith("/health/ready", StringComparison.Ordinal)
            ? throw new InvalidOperationException("no user here")
            : send());
        bench.Wire.Answer = ScriptedWire.Refuse;
        var call = bench.Call();
        Assert.Equal(BackendState.Down, bench.State.State);
        bench.Time.AdvanceSeconds(2);
        bench.Wire.Answer = bench.Wire.Ok;

        (await bench.Finish(call)).Dispose();

        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 2, 2.1);
        Assert.Equal(BackendState.Up, bench.State.State);
        Assert.Empty(bench.Wire.Probes);
    }

    [Theory]
    [InlineData("says no")]
    [InlineData("is silent")]
    [InlineData("is slow")]
    public async Task Call_that_fails_where_others_succeed_is_no_outage_whatever_the_health_path_says(string health)
    {
        SetHealth(health);
        Wire.Answer = BadPath;
        var call = _bench.Call(Bench.Get("bad"));
        for (var other = 0; other < 20; other++)
        {
            _bench.Time.AdvanceMilliseconds(100);
            (await _bench.Run()).Dispose();
            Assert.Equal(BackendState.Up, _bench.State.State);
        }

        using var response = await _bench.Finish(call);

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(BackendState.Up, _bench.State.State);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 2, 2.1);
    }

    [Theory]
    [InlineData("is silent")]
    [InlineData("is slow")]
    public async Task Lone_call_that_gets_a_503_gets_it_back_where_health_is_slow(string health)
    {
        SetHealth(health);
        Wire.Answer = BadPath;

        using var response = await _bench.Run(Bench.Get("bad"));

        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(BackendState.Up, _bench.State.State);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 1, 3);
    }

    [Theory]
    [InlineData("says no", 6)]
    [InlineData("is silent", 7)] // A probe takes a second then.
    [InlineData("is slow", 7)]
    public async Task Outage_ends_by_a_real_call_where_the_health_path_is_wrong(string health, double within)
    {
        SetHealth(health);
        var call = _bench.GoDown();
        _bench.Time.AdvanceSeconds(1);
        Wire.Answer = Wire.Ok;

        (await _bench.Finish(call)).Dispose();

        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, health == "is slow" ? 1 : 5, within);
        Assert.Equal(BackendState.Up, _bench.State.State);
        Assert.Equal(2, Wire.Calls.Count);
    }

    [Fact]
    public async Task Lone_call_that_fails_where_health_says_yes_is_not_sent_at_the_probes_pace()
    {
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.Unavailable;
        using var first = await _bench.Run(); // Its failures, with those that follow, open the circuit.
        var before = Wire.Calls.Count;
        var lone = _bench.Call(Bench.Post(key: "7"));
        _bench.Time.AdvanceSeconds(6);
        Assert.InRange(Wire.Calls.Count - before, 10, 30); // At the probes' pace it was 127.
        Wire.Answer = Wire.Ok;
        var returned = _bench.Time.Elapsed;
        using var response = await _bench.Finish(lone);
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.InRange((_bench.Time.Elapsed - returned).TotalSeconds, 0, 0.8);
    }

    [Fact]
    public async Task Call_that_comes_new_is_tried_at_once_while_others_rest_from_their_trials()
    {
        Wire.Probe = Wire.Ok;
        Wire.Answer = Wire.Unavailable;
        using var first = await _bench.Run();
        var resting = _bench.Call();
        _bench.Time.AdvanceSeconds(20);
        Wire.Answer = Wire.Ok;
        var returned = _bench.Time.Elapsed;
        using var response = await _bench.Run();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        using var rested = await _bench.Finish(resting);
        Assert.InRange((_bench.Time.Elapsed - returned).TotalSeconds, 0, 0.6); // A probe's interval of 2 % later, not the 2 s of a rest.
    }

    [Fact]
    public async Task Good_calls_are_not_held_up_by_a_path_that_always_fails()
    {
        Wire.Answer = BadPath;
        Wire.Probe = Wire.Ok;
        var good = new List<Task<TimeSpan>>();
        var bad = new List<Task<TimeSpan>>();
        for (var tenth = 0; tenth < 600; tenth++)
        {
            bad.Add(Ends("bad", HttpStatusCode.ServiceUnavailable));
            if (tenth % 5 == 0)
                good.Add(Ends("good", HttpStatusCode.OK));
            _bench.Time.AdvanceMilliseconds(100);
        }

        _bench.Time.AdvanceSeconds(30);
        var waited = await Task.WhenAll(good);
        Assert.InRange(waited.Max().TotalSeconds, 0, 0.3);
        var ends = await Task.WhenAll(bad);
        Assert.InRange(ends.Max().TotalSeconds, 0, 30.021);
        Assert.InRange(ends.Count(time => time < TimeSpan.FromSeconds(29)), 100, 600); // Not all of them wait for their deadlines.

        async Task<TimeSpan> Ends(string path, HttpStatusCode status)
        {
            var began = _bench.Time.Elapsed;
            using var response = await _bench.Send(Bench.Get(path));
            Assert.Equal(status, response.StatusCode);
            return _bench.Time.Elapsed - began;
        }
    }

    [Fact]
    public async Task Backend_that_hangs_at_low_traffic_is_down_until_it_answers()
    {
        Wire.Answer = Wire.Probe = ScriptedWire.Hang;
        var first = _bench.Call();
        _bench.Time.AdvanceSeconds(12); // AttemptTimeout, and a probe's second.
        Assert.Equal((BackendState.Down, 1), (_bench.State.State, _bench.State.WaitingCalls));
        var second = _bench.Call();
        _bench.Time.AdvanceSeconds(3);

        Wire.Answer = Wire.Probe = Wire.Ok;
        (await _bench.Finish(second)).Dispose();
        (await _bench.Finish(first)).Dispose();

        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    private void SetHealth(string health) => Wire.Probe = health switch
    {
        "says no" => Wire.Unavailable,
        "is silent" => ScriptedWire.Hang,
        _ => Wire.After(TimeSpan.FromSeconds(1.5), Wire.Ok),
    };

    private Task<HttpResponseMessage> BadPath(HttpRequestMessage request, CancellationToken token) =>
        request.RequestUri!.AbsolutePath == "/bad" ? Wire.Unavailable(request, token) : Wire.Ok(request, token);
}

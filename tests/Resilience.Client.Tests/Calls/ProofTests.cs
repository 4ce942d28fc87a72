using Xunit;

namespace Resilience.Client.Tests;

/// <summary>What proves that a POST was not sent, and what only looks like it.</summary>
[Collection(VirtualTime.Name)]
public sealed class ProofTests
{
    [Theory]
    [InlineData("own call refused")]
    [InlineData("own timeout")]
    [InlineData("second send refused")]
    public async Task Post_whose_handler_fails_after_the_send_is_sent_once(string how)
    {
        using var bench = new ChainBench(async (request, send) =>
        {
            using var answer = await send();
            switch (how)
            {
                case "own call refused":
                    throw ScriptedWire.Refused(); // Of an audit service, say.
                case "own timeout":
                    throw new TaskCanceledException("timed out", new TimeoutException());
                default:
                    return await send();
            }
        });
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Ok, how == "second send refused" ? ScriptedWire.Refuse : bench.Wire.Ok);
        bench.Wire.Probe = bench.Wire.Ok;
        var sends = how == "second send refused" ? 2 : 1;

        var error = await Assert.ThrowsAsync<BackendException>(() => bench.Finish(bench.Call(Bench.Post())));

        Assert.Equal((BackendFailureReason.ConnectionLost, 1, sends), (error.Reason, error.Attempts, bench.Wire.Calls.Count));
        Assert.Equal(BackendState.Up, bench.State.State);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(true, false)]
    [InlineData(false, true)]
    [InlineData(true, true)]
    public async Task Post_that_was_refused_is_sent_again_through_handlers_that_pass_it_on(bool handler, bool logs)
    {
        using var bench = new ChainBench(handler ? (_, send) => send() : null, logs);
        bench.Wire.Answer = ScriptedWire.Refuse;
        var call = bench.Call(Bench.Post());
        Assert.Equal((BackendState.Down, 1), (bench.State.State, bench.State.WaitingCalls));
        bench.Time.AdvanceSeconds(1);
        Assert.Single(bench.Wire.Calls);
        bench.Wire.Answer = bench.Wire.Ok;

        using var response = await bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal([HttpMethod.Post, HttpMethod.Post], bench.Wire.Calls.Select(sent => sent.Method));
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 1, 1.1);
    }

    [Theory]
    [InlineData(false, false)]
    [InlineData(false, true)]
    [InlineData(true, false)]
    [InlineData(true, true)]
    public async Task Post_that_was_redirected_is_sent_once_and_where_it_led_again(bool handler, bool refused)
    {
        using var bench = new ChainBench(handler ? (_, send) => send() : null);
        var led = new Uri(TestSettings.Address, "orders/1");
        var hops = new List<(HttpMethod, Uri?)>();
        var down = true;
        bench.Wire.Probe = (request, token) => down && refused ? ScriptedWire.Refuse(request, token) : bench.Wire.Ok(request, token);
        bench.Wire.Answer = (request, token) =>
        {
            hops.Add((request.Method, request.RequestUri));
            if (request.Method == HttpMethod.Post)
            {
                // As SocketsHttpHandler follows a 303.
                (request.Method, request.RequestUri, request.Content) = (HttpMethod.Get, led, null);
                hops.Add((request.Method, request.RequestUri));
            }

            if (!down)
                return bench.Wire.Ok(request, token);
            down = refused; // A 503 is said once.
            return refused ? ScriptedWire.Refuse(request, token) : bench.Wire.Unavailable(request, token);
        };
        var call = bench.Call(Bench.Post());
        bench.Time.AdvanceMilliseconds(50);
        down = false;

        using var response = await bench.Finish(call);

        Assert.True(response.IsSuccessStatusCode);
        Assert.Equal([(HttpMethod.Post, new Uri(TestSettings.Address, "items")), (HttpMethod.Get, led), (HttpMethod.Get, led)], hops);
        Assert.Null(bench.Wire.Calls[1].Request.Content);
    }

    [Fact]
    public async Task Redirect_to_another_host_that_refuses_says_nothing_about_the_backend()
    {
        using var bench = new Bench();
        bench.Wire.Answer = (request, token) =>
        {
            if (request.RequestUri?.Host == TestSettings.Address.Host)
                (request.Method, request.RequestUri, request.Content) = (HttpMethod.Get, new("http://elsewhere.test/"), null);
            return ScriptedWire.Refuse(request, token);
        };
        bench.Wire.Probe = bench.Wire.Ok;

        var error = await bench.Fails(Bench.Post());

        Assert.Equal((BackendFailureReason.Unavailable, 4), (error.Reason, error.Attempts));
        Assert.Single(bench.Wire.Calls, sent => sent.Method == HttpMethod.Post);
        Assert.Equal((BackendState.Up, 0.0), (bench.State.State, bench.State.ErrorRate));
    }

    [Fact]
    public async Task Post_that_a_handler_fails_before_the_send_passes_its_exception_on()
    {
        using var bench = new ChainBench((_, _) => throw new InvalidOperationException("no token"));

        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.Finish(bench.Call(Bench.Post())));

        Assert.Empty(bench.Wire.Calls);
    }
}

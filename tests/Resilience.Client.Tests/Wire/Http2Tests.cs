using System.Collections.Concurrent;
using System.Net;
using Xunit;

namespace Resilience.Client.Tests.Wire;

public sealed class Http2Tests
{
    private readonly ConcurrentQueue<string> _bodies = new();

    [Theory]
    [InlineData(1)]
    [InlineData(6)] // The platform's own handler gives up before.
    public async Task Post_on_a_refused_stream_is_sent_again_with_its_body(int refusals)
    {
        await using var backend = Backend([.. Enumerable.Repeat(Http2Peer.Refuse, refusals), Http2Peer.Ok]);
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", SendAsync(host, HttpMethod.Post, "body"));
        Assert.Equal(Enumerable.Repeat("body", refusals + 1), _bodies);
    }

    [Fact]
    public async Task Get_in_flight_when_the_backend_goes_away_is_sent_again()
    {
        await using var backend = Backend(Http2Peer.GoAway, Http2Peer.GoAway, Http2Peer.Ok);
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", SendAsync(host, HttpMethod.Get, null));
        Assert.Equal(3, backend.Connections);
        Assert.Equal(3, host.Attempts);
    }

    [Fact]
    public async Task Post_in_flight_when_the_backend_goes_away_is_not_sent_again()
    {
        await using var backend = Backend(Http2Peer.GoAway);
        await using var host = new WireHost(backend.Address);
        await host.FailsAsync(BackendFailureReason.ConnectionLost, 1, SendAsync(host, HttpMethod.Post, "body"));
        Assert.Single(_bodies);
    }

    [Fact]
    public async Task Post_that_a_going_backend_did_not_process_is_sent_again()
    {
        await using var backend = Backend(Http2Peer.GoAwayUnprocessed, Http2Peer.Ok);
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", SendAsync(host, HttpMethod.Post, "body"));
        Assert.Equal(["body", "body"], _bodies);
    }

    private ScriptedBackend Backend(params Http2Answer[] answers) => new ScriptedBackend().Always(Http2Peer.Speak(new(answers), _bodies));

    private static Task<HttpResponseMessage> SendAsync(WireHost host, HttpMethod method, string? body) =>
        host.SendAsync(method, body is null ? null : new StringContent(body), request =>
        {
            request.Version = HttpVersion.Version20;
            request.VersionPolicy = HttpVersionPolicy.RequestVersionExact;
        });
}

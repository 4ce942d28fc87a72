using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class RedirectTests
{
    [Fact]
    public async Task Post_that_led_to_a_page_that_is_not_there_yet_arrives_once()
    {
        await using var backend = new ScriptedBackend()
            .Next(Read, Reply(303, "", "Location: /orders/1")).Next(Read, Reply(503)).Next(Read, Echo);
        await using var host = new WireHost(backend.Address);

        await host.AnswersAsync("/orders/1", host.SendAsync(HttpMethod.Post, new StringContent("order")));

        Assert.Equal(["POST / HTTP/1.1", "GET /orders/1 HTTP/1.1", "GET /orders/1 HTTP/1.1"], backend.Received.Select(request => request.Line));
        Assert.Equal(["order", "", ""], backend.Received.Select(request => request.Text));
    }

    [Fact]
    public async Task Post_that_led_to_a_host_that_refuses_arrives_once_and_the_backend_stays_up()
    {
        await using var other = new ScriptedBackend();
        other.Stop();
        await using var backend = new ScriptedBackend().Next(Read, Reply(303, "", $"Location: {other.Address}/orders/1"));
        await using var host = new WireHost(backend.Address);

        await host.FailsAsync(BackendFailureReason.Unavailable, attempts: 4, host.SendAsync(HttpMethod.Post, new StringContent("order")));

        Assert.Equal(1, backend.Requests);
        Assert.Equal(BackendState.Up, host.State.State);
    }

    [Fact]
    public async Task Retry_after_a_redirect_carries_the_credentials_no_further_than_the_redirect_did()
    {
        await using var backend = new ScriptedBackend()
            .Next(Read, Reply(302, "", "Location: /b")).Next(Read, Reply(503)).Next(Read, Echo);
        await using var host = new WireHost(backend.Address);

        await host.AnswersAsync("/b", host.SendAsync(HttpMethod.Get, null, request => request.Headers.Authorization = new("Bearer", "secret")));

        Assert.Equal([("/", true), ("/b", false), ("/b", false)],
            backend.Received.Select(request => (request.Target, request.Headers.ContainsKey("Authorization"))));
    }
}

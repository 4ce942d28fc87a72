using System.Net;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class HostileAnswerTests
{
    [Fact]
    public async Task Garbage_instead_of_http_fails_at_once()
    {
        var garbage = new byte[100_000];
        new Random(1).NextBytes(garbage);
        await using var backend = new ScriptedBackend().Next(Read, Send(garbage), Close);
        await using var host = new WireHost(backend.Address);
        var failure = await host.FailsAsync(BackendFailureReason.InvalidResponse, 1, host.GetAsync());
        Assert.Contains("not valid HTTP", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, backend.Requests);
    }

    [Fact]
    public async Task Headers_without_end_are_cut_off()
    {
        var sent = 0;
        await using var backend = new ScriptedBackend().Next(Read, Send("HTTP/1.1 200 OK\r\n"), async peer =>
        {
            var line = $"X-More: {new string('x', 1000)}\r\n";
            while (sent < 100_000_000)
            {
                await peer.SendAsync(line);
                sent += line.Length;
            }
        });
        await using var host = new WireHost(backend.Address);
        await host.FailsAsync(BackendFailureReason.ResponseTooLarge, 1, host.GetAsync());
        await Eventually.IsTrueAsync(() => backend.Open == 0, "hung up on");
        Assert.InRange(sent, 60_000, 20_000_000); // 64 KiB, and what the sockets hold between.
        Assert.Equal(1, backend.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 5000\r\n\r\n")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n1388\r\n")]
    [InlineData("Connection: close\r\n\r\n")]
    public async Task Body_larger_than_allowed_fails_the_typed_client_at_once(string framing)
    {
        await using var backend = new ScriptedBackend().Next(Read, Send($"HTTP/1.1 200 OK\r\n{framing}{new string('1', 5000)}"), Silence);
        await using var host = new WireHost(backend.Address, "MaxResponseBody=4999");
        var failure = await host.FailsAsync(BackendFailureReason.ResponseTooLarge, 1, host.GetJsonAsync());
        Assert.Contains("Backends:wire:MaxResponseBody (4999 bytes)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, backend.Requests);
    }

    [Fact]
    public async Task Body_as_large_as_allowed_is_read()
    {
        await using var backend = new ScriptedBackend().Next(Read, Json($"\"{new string('1', 4997)}\""));
        await using var host = new WireHost(backend.Address, "MaxResponseBody=4999");
        Assert.Equal(4997, (await host.GetJsonAsync()).GetString()?.Length);
    }

    [Fact]
    public async Task Status_503_is_asked_again()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503, "no")).Next(Read, Reply(503, "no")).Next(Read, Ok("yes"));
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("yes", host.GetAsync());
        Assert.Equal(3, backend.Requests);
    }

    [Theory]
    [InlineData("Content-Length: 100\r\n\r\nsome")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n64\r\nsome")]
    public async Task Status_503_whose_body_is_cut_is_asked_again_all_the_same(string rest)
    {
        await using var backend = new ScriptedBackend().Next(Read, Send($"HTTP/1.1 503 No\r\n{rest}"), Close).Next(Read, Ok("yes"));
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("yes", host.GetAsync());
        Assert.Equal(2, host.Attempts);
    }

    [Fact]
    public async Task Status_503_after_the_last_retry_comes_back_readable()
    {
        await using var backend = new ScriptedBackend().Always(Read, Reply(503, "closed"));
        await using var host = new WireHost(backend.Address, "Retry:MaxRetries=2");
        using var response = await host.GetAsync();
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("closed", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(3, backend.Requests);
        await host.LeftNothingAsync();
    }

    [Fact]
    public async Task Retry_after_that_fits_is_waited_for()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503, "no", "Retry-After: 1")).Next(Read, Ok("yes"));
        await using var host = new WireHost(backend.Address);
        var began = TimeProvider.System.GetTimestamp();
        await host.AnswersAsync("yes", host.GetAsync());
        Assert.True(TimeProvider.System.GetElapsedTime(began) >= TimeSpan.FromSeconds(0.99));
    }

    [Fact]
    public async Task Retry_after_beyond_the_deadline_returns_the_response_now()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503, "in an hour", "Retry-After: 3600"));
        await using var host = new WireHost(backend.Address, "Timeout=00:10:00");
        using var response = await host.GetAsync(); // Ends long before the deadline, or the test fails.
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("in an hour", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(TimeSpan.FromHours(1), response.Headers.RetryAfter?.Delta);
        Assert.Equal((1, 0), (backend.Requests, backend.Probes)); // It has said when; nobody asks again.
    }

    [Fact]
    public async Task Typed_client_says_what_the_503_said()
    {
        await using var backend = new ScriptedBackend()
            .Next(Read, Reply(503, """{"title":"Closed for lunch"}""", "Content-Type: application/problem+json", "Retry-After: 3600"));
        await using var host = new WireHost(backend.Address);
        var failure = await host.FailsAsync(BackendFailureReason.Status, 1, host.GetJsonAsync());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, failure.LastStatus);
        Assert.Equal(TimeSpan.FromHours(1), failure.RetryAfter);
        Assert.Equal("Closed for lunch", failure.Problem?.Title);
    }

    [Fact]
    public async Task Redirect_is_followed_and_a_retry_begins_where_it_led()
    {
        await using var backend = new ScriptedBackend()
            .Next(Read, Reply(301, "", "Location: /b")).Next(Read, Reply(503)).Next(Read, Echo);
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("/b", host.GetAsync("/a"));
        Assert.Equal(["/a", "/b", "/b"], backend.Received.Select(request => request.Target));
        Assert.Equal(2, host.Attempts);
    }
}

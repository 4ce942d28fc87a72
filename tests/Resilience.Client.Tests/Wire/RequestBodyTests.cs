using System.Net;
using System.Net.Http.Json;
using System.Text;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class RequestBodyTests
{
    private const string Text = "the whole body, unharmed";

    [Fact]
    public async Task Post_that_was_refused_is_sent_with_its_body_once_the_backend_is_back()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        var call = host.SendAsync(HttpMethod.Post, new StringContent(Text));
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await host.AnswersAsync("ok", call);
        Assert.Equal(Text, Assert.Single(backend.Received).Text);
        Assert.Equal(2, host.Attempts);
    }

    [Theory]
    [InlineData("POST")]
    [InlineData("PATCH")]
    public async Task Unsafe_request_whose_connection_breaks_after_the_body_is_not_sent_again(string method)
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset);
        await using var host = new WireHost(backend.Address);
        var failure = await host.FailsAsync(BackendFailureReason.ConnectionLost, 1, host.SendAsync(new(method), new StringContent(Text)));
        Assert.Contains($"{method} is sent again only with an Idempotency-Key header or Backends:wire:Retry:UnsafeMethods=Always", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, backend.Requests);
    }

    [Fact]
    public async Task Post_with_an_idempotency_key_is_sent_again_with_the_same_key_and_body()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset).Next(Read, Reply(503)).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Post, new StringContent(Text), request => request.Headers.Add("Idempotency-Key", "17")));
        Assert.Equal(3, backend.Requests);
        Assert.All(backend.Received, request => Assert.Equal(("17", Text), (request.Headers["Idempotency-Key"], request.Text)));
    }

    [Fact]
    public async Task Typed_post_with_an_idempotency_key_is_sent_again_and_without_one_is_not()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset).Next(Read, Json("5")).Next(Read, Reset);
        await using var host = new WireHost(backend.Address);
        var token = TestContext.Current.CancellationToken;
        Assert.Equal(5, await host.Client.PostAsync<string, int>("x", Text, idempotencyKey: "k", cancellationToken: token).Within());
        await host.FailsAsync(
            BackendFailureReason.ConnectionLost, 1, host.Client.PostAsync<string, int>("x", Text, cancellationToken: token).Within());
        Assert.Equal(["k", "k", ""], backend.Received.Select(request => request.Headers.GetValueOrDefault("Idempotency-Key", "")));
        Assert.All(backend.Received, request => Assert.Equal($"\"{Text}\"", request.Text));
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task One_shot_body_that_meets_a_503_is_sent_once_and_gets_it(string method)
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503, "not now"));
        await using var host = new WireHost(backend.Address);
        using var response = await host.SendAsync(new(method), OneShot());
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal("not now", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal(Text, Assert.Single(backend.Received).Text);
        await host.LeftNothingAsync();
    }

    [Theory]
    [InlineData("PUT")]
    [InlineData("POST")]
    public async Task One_shot_body_that_was_refused_is_sent_once_the_backend_is_back(string method)
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        var call = host.SendAsync(new(method), OneShot());
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await host.AnswersAsync("ok", call);
        Assert.Equal(Text, Assert.Single(backend.Received).Text);
    }

    [Fact]
    public async Task Put_of_a_small_stream_of_known_length_is_sent_again()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Put, new StreamContent(new MemoryStream(Encoding.UTF8.GetBytes(Text)))));
        Assert.Equal([Text, Text], backend.Received.Select(request => request.Text));
    }

    [Fact]
    public async Task Body_at_the_limit_is_sent_again_and_one_above_it_is_not()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Next(Read, Ok()).Next(Read, Reply(503, "once"));
        await using var host = new WireHost(backend.Address, "MaxReplayBody=1000");
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Put, new ByteArrayContent(new byte[1000])));
        using var response = await host.SendAsync(HttpMethod.Put, new ByteArrayContent(new byte[1001]));
        Assert.Equal("once", await response.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        Assert.Equal([1000, 1000, 1001], backend.Received.Select(request => request.Body.Length));
    }

    [Fact]
    public async Task Put_of_json_is_sent_again()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Put, JsonContent.Create(Text)));
        Assert.All(backend.Received, request => Assert.Equal($"\"{Text}\"", request.Text));
        Assert.Equal(2, backend.Requests);
    }

    [Fact]
    public async Task Put_of_json_that_is_too_large_to_keep_is_sent_once()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Always(Read, Ok());
        await using var host = new WireHost(backend.Address);
        using var response = await host.SendAsync(HttpMethod.Put, JsonContent.Create(new string('x', 200_000)));
        Assert.Equal(503, (int)response.StatusCode);
        Assert.Equal(200_002, Assert.Single(backend.Received).Text.Length);
    }

    [Fact]
    public async Task Put_of_many_parts_is_sent_again()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reset).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        using var parts = new MultipartFormDataContent("seam");
        parts.Add(new StringContent(Text), "text");
        parts.Add(new ByteArrayContent([1, 2, 3]), "file", "file.bin");
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Put, parts));
        Assert.Equal(2, backend.Requests);
        Assert.Equal(backend.Received[0].Body, backend.Received[1].Body);
        Assert.Contains(Text, backend.Received[1].Text, StringComparison.Ordinal);
        Assert.EndsWith("--seam--\r\n", backend.Received[1].Text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Expect_continue_holds_the_body_back_until_asked_for_and_is_sent_again()
    {
        await using var backend = new ScriptedBackend()
            .Next(ReadHead, Reply(503, "", "Connection: close"), Close)
            .Next(ReadHead, Send("HTTP/1.1 100 Continue\r\n\r\n"), ReadBody, Ok());
        await using var host = new WireHost(backend.Address, handler => handler.Expect100ContinueTimeout = TimeSpan.FromMinutes(5));
        await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Put, new StringContent(Text), request => request.Headers.ExpectContinue = true));
        Assert.Equal(Text, Assert.Single(backend.Received).Text);
        Assert.Equal(2, backend.Connections);
    }

    private static StreamContent OneShot() => new(new OneShotStream(Encoding.UTF8.GetBytes(Text)));

    private sealed class OneShotStream(byte[] bytes) : MemoryStream(bytes)
    {
        public override bool CanSeek => false;
    }
}

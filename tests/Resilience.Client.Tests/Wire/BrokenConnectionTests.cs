using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class BrokenConnectionTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n";
    private const string Json = """{"name":"whole"}""";

    public static TheoryData<string> BeforeTheHeadersEnd => ["before the request", "after the request", "within the status line", "within the headers"];

    public static TheoryData<string> WithinTheBody => ["reset", "short of its length", "without the last chunk", "within a chunk"];

    [Theory]
    [MemberData(nameof(BeforeTheHeadersEnd))]
    public async Task Get_whose_connection_is_reset_before_the_headers_end_is_sent_again(string when)
    {
        await using var backend = new ScriptedBackend().Next(Broken(when)).Next(Broken(when)).Next(Read, Steps.Json(Json)).Next(Read, Ok(Json));
        await using var host = new WireHost(backend.Address);

        await host.AnswersAsync(Json, host.GetAsync());
        Assert.Equal(3, host.Attempts);
        await host.AnswersAsync(Json, host.GetAsync());
        Assert.Equal(4, host.Attempts);
    }

    [Theory]
    [MemberData(nameof(BeforeTheHeadersEnd))]
    [MemberData(nameof(WithinTheBody))]
    public async Task Typed_get_whose_connection_breaks_anywhere_gets_the_whole_answer_on_a_retry(string when)
    {
        await using var backend = new ScriptedBackend().Next(Broken(when)).Next(Broken(when)).Next(Read, Steps.Json(Json));
        await using var host = new WireHost(backend.Address);

        var answer = await host.GetJsonAsync();
        Assert.Equal("whole", answer.GetProperty("name").GetString());
        Assert.Equal(3, backend.Connections);
        Assert.Equal(3, host.Attempts);
        await host.LeftNothingAsync();
    }

    [Theory]
    [MemberData(nameof(WithinTheBody))]
    public async Task Buffered_get_whose_body_is_cut_fails_with_connection_lost(string when)
    {
        await using var backend = new ScriptedBackend().Next(Broken(when));
        await using var host = new WireHost(backend.Address);

        var failure = await host.FailsAsync(BackendFailureReason.ConnectionLost, 1, host.GetAsync());
        Assert.Contains("CallOptions.ReadBody", failure.Message, StringComparison.Ordinal);
        Assert.Equal(1, backend.Requests);
    }

    [Theory]
    [MemberData(nameof(WithinTheBody))]
    public async Task Buffered_get_that_reads_the_body_inside_the_attempt_is_sent_again(string when)
    {
        await using var backend = new ScriptedBackend().Next(Broken(when)).Next(Read, Ok(Json));
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync(Json, host.SendAsync(HttpMethod.Get, null, request => request.Options.Set(CallOptions.ReadBody, true)));
        Assert.Equal(2, host.Attempts);
    }

    [Fact]
    public async Task Backend_that_resets_every_attempt_fails_the_call_after_its_retries()
    {
        await using var backend = new ScriptedBackend().Always(Read, Reset);
        await using var host = new WireHost(backend.Address, "Retry:MaxRetries=2");
        var failure = await host.FailsAsync(BackendFailureReason.ConnectionLost, 3, host.GetAsync());
        Assert.Contains("Backends:wire:Retry:MaxRetries (2)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(3, backend.Requests);
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Pooled_connection_closed_while_idle_costs_no_call(string method)
    {
        await using var backend = new ScriptedBackend();
        await using var host = new WireHost(backend.Address);
        for (var number = 1; number <= 50; number++)
        {
            var closed = new TaskCompletionSource();
            backend.Next(Read, Ok(), Close, Signal(closed));
            await host.AnswersAsync("ok", host.SendAsync(new(method), method == "POST" ? new StringContent("body") : null));
            await closed.Task.Within();
            Assert.Equal(number, backend.Requests);
        }
    }

    private static Step[] Broken(string when) => when switch
    {
        "before the request" => [Reset],
        "after the request" => [Read, Reset],
        "within the status line" => [Read, Send("HTTP/1.1 20"), Reset],
        "within the headers" => [Read, Send(Head[..30]), Reset],
        "reset" => [Read, Send($"{Head}Content-Length: {Json.Length}\r\n\r\n{Json[..5]}"), Reset],
        "short of its length" => [Read, Send($"{Head}Content-Length: {Json.Length}\r\n\r\n{Json[..5]}"), Close],
        "without the last chunk" => [Read, Send($"{Head}Transfer-Encoding: chunked\r\n\r\n{Json.Length:x}\r\n{Json}\r\n"), Close],
        "within a chunk" => [Read, Send($"{Head}Transfer-Encoding: chunked\r\n\r\n{Json.Length:x}\r\n{Json[..3]}"), Close],
        _ => throw new ArgumentOutOfRangeException(nameof(when)),
    };
}

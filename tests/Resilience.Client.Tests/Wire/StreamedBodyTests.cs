using System.Net.Http.Json;
using System.Text.Json;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

/// <summary>Bodies that leave our hands unread, and what the platform's own helpers make of them.</summary>
public sealed class StreamedBodyTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 10\r\n\r\n";

    [Theory]
    [InlineData("GetStringAsync")]
    [InlineData("GetByteArrayAsync")]
    [InlineData("GetFromJsonAsync")]
    [InlineData("stream")]
    public async Task Body_cut_while_it_is_read_is_a_lost_connection(string how)
    {
        await using var backend = new ScriptedBackend().Always(Read, Send(Head + "[1"), Close);
        await using var host = new WireHost(backend.Address);

        var failure = await Assert.ThrowsAsync<BackendException>(() => ReadAsync(host.Http, how).Within());

        Assert.Equal(BackendFailureReason.ConnectionLost, failure.Reason);
        await host.LeftNothingAsync();
    }

    [Fact]
    public async Task Synchronous_read_of_a_silent_body_ends()
    {
        await using var backend = new ScriptedBackend().Always(Read, Send(Head + "1"), Silence);
        await using var host = new WireHost(backend.Address, "Timeout=00:00:00.3");
        using var request = new HttpRequestMessage(HttpMethod.Get, "/");
        using var response = host.Http.Send(request, HttpCompletionOption.ResponseHeadersRead, TestContext.Current.CancellationToken);
        await using var body = await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken);

        var read = Task.Run(
            () =>
            {
                var buffer = new byte[10];
                while (body.Read(buffer, 0, 10) > 0)
                {
                }
            },
            TestContext.Current.CancellationToken);

        var failure = await Assert.ThrowsAsync<BackendException>(() => read.Within());
        Assert.Equal(BackendFailureReason.DeadlineExceeded, failure.Reason);
    }

    [Fact]
    public async Task Cookie_of_one_answer_is_not_sent_with_the_next_call()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(200, "alice", "Set-Cookie: session=alice")).Always(Read, Ok());
        await using var host = new WireHost(backend.Address);

        await host.GetAsync();
        await host.GetAsync();

        Assert.DoesNotContain("Cookie", backend.Received[1].Headers.Keys);
    }

    private static async Task ReadAsync(HttpClient http, string how)
    {
        var cancelled = TestContext.Current.CancellationToken;
        switch (how)
        {
            case "GetStringAsync":
                await http.GetStringAsync("/", cancelled);
                break;
            case "GetByteArrayAsync":
                await http.GetByteArrayAsync("/", cancelled);
                break;
            case "GetFromJsonAsync":
                await http.GetFromJsonAsync<JsonElement>("/", cancelled);
                break;
            default:
                using (var response = await http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, cancelled))
                    await (await response.Content.ReadAsStreamAsync(cancelled)).CopyToAsync(Stream.Null, cancelled);
                break;
        }
    }
}

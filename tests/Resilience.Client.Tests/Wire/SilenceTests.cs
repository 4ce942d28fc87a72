using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text.Json;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

/// <summary>Backends that accept, and then take their time. What is configured short here has to pass; nothing else may depend on it.</summary>
public sealed class SilenceTests
{
    private const string Head = "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n";
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(50);

    [Fact]
    public async Task Backend_that_accepts_and_is_silent_costs_one_attempt()
    {
        await using var backend = new ScriptedBackend().Next(Read, Silence).Always(Read, Ok("at last"));
        await using var host = new WireHost(backend.Address, "AttemptTimeout=00:00:00.4");
        await host.AnswersAsync("at last", host.GetAsync());
        Assert.True(host.Attempts >= 2);
    }

    [Fact]
    public async Task Backend_silent_at_every_attempt_fails_the_call_with_attempt_timeout()
    {
        await using var backend = new ScriptedBackend().Always(Read, Silence);
        await using var host = new WireHost(backend.Address, "AttemptTimeout=00:00:00.15", "Retry:MaxRetries=1");
        var failure = await host.FailsAsync(BackendFailureReason.AttemptTimeout, 2, host.GetAsync());
        Assert.Contains("Backends:wire:AttemptTimeout (0.15 s)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Backend_silent_until_the_deadline_fails_the_call_with_deadline_exceeded()
    {
        await using var backend = new ScriptedBackend().Always(Read, Silence);
        await using var host = new WireHost(backend.Address, "Timeout=00:00:00.3");
        var failure = await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.GetAsync());
        Assert.Contains("Backends:wire:Timeout (0.3 s)", failure.Message, StringComparison.Ordinal);
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.GetJsonAsync());
    }

    [Fact]
    public async Task Headers_that_drip_past_the_attempt_timeout_are_asked_for_again()
    {
        await using var backend = new ScriptedBackend().Next(Read, Drip(Head, Pause)).Always(Read, Ok("quick"));
        await using var host = new WireHost(backend.Address, "AttemptTimeout=00:00:00.4");
        await host.AnswersAsync("quick", host.GetAsync());
        Assert.True(host.Attempts >= 2);
    }

    [Fact]
    public async Task Body_that_drips_past_the_attempt_timeout_is_asked_for_again_by_the_typed_client()
    {
        await using var backend = new ScriptedBackend().Next(Read, Send(Head), Drip(new string(' ', 1000), Pause)).Always(Read, Json("[7]"));
        await using var host = new WireHost(backend.Address, "AttemptTimeout=00:00:00.4");
        Assert.Equal(7, (await host.GetJsonAsync())[0].GetInt32());
        Assert.True(host.Attempts >= 2);
        await host.LeftNothingAsync();
    }

    [Fact]
    public async Task Body_that_drips_past_the_attempt_timeout_is_left_to_a_buffering_caller()
    {
        await using var backend = new ScriptedBackend().Next(Read, Send("HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n"), Drip("0123456789", Pause));
        await using var host = new WireHost(backend.Address, "AttemptTimeout=00:00:00.3");
        await host.AnswersAsync("0123456789", host.GetAsync());
        Assert.Equal(1, host.Attempts);
    }

    [Fact]
    public async Task Body_that_drips_past_the_deadline_fails_a_buffering_caller()
    {
        await using var backend = new ScriptedBackend().Next(Read, Send(Head), Drip(new string(' ', 1000), Pause));
        await using var host = new WireHost(backend.Address, "Timeout=00:00:00.5");
        var failure = await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.GetAsync());
        Assert.Contains("Backends:wire:Timeout (0.5 s)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Body_that_falls_silent_ends_every_way_to_read_it()
    {
        await using var backend = new ScriptedBackend().Always(Read, Send(Head + "[1"), Silence);
        await using var host = new WireHost(backend.Address, "Timeout=00:00:00.3");
        var token = TestContext.Current.CancellationToken;
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.Http.GetStringAsync("/", token).Within());
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.Http.GetByteArrayAsync("/", token).Within());
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.Http.GetFromJsonAsync<JsonElement>("/", token).Within());
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, host.Http.GetAsync("/", token).Within());
        using var streamed = await host.Http.GetAsync("/", HttpCompletionOption.ResponseHeadersRead, token).Within();
        await using var stream = await streamed.Content.ReadAsStreamAsync(token);
        await host.FailsAsync(BackendFailureReason.DeadlineExceeded, 1, stream.CopyToAsync(Stream.Null, token).Within());
    }

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Connecting_that_takes_too_long_is_tried_again_whatever_the_method(string method)
    {
        // Nobody accepts, and the queue is full: the system drops further handshakes.
        using var listener = new TcpListener(System.Net.IPAddress.Loopback, 0);
        listener.Start(backlog: 1);
        var address = (System.Net.IPEndPoint)listener.LocalEndpoint;
        var queue = new List<Socket>();
        try
        {
            var full = false;
            while (!full && queue.Count < 10)
            {
                var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
                queue.Add(socket);
                using var patience = new CancellationTokenSource(TimeSpan.FromMilliseconds(300));
                try
                {
                    await socket.ConnectAsync(address, patience.Token);
                }
                catch (OperationCanceledException)
                {
                    full = true;
                }
            }

            Assert.SkipUnless(full, "This system queues connections beyond the backlog.");
            await using var host = new WireHost($"http://{address}", "ConnectTimeout=00:00:00.2", "Retry:MaxRetries=1", "Timeout=00:00:03");
            var failure = await host.FailsAsync(BackendFailureReason.Unavailable, 2, host.SendAsync(new(method), null));
            Assert.Contains("ConnectTimeout", failure.Message, StringComparison.Ordinal);
        }
        finally
        {
            queue.ForEach(socket => socket.Dispose());
        }
    }
}

using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Starting;

/// <summary>Connections while the service starts, over bare sockets: what is on the wire, and the moment in which it opens.</summary>
[Collection(VirtualTime.Name)]
public sealed class OpeningTests
{
    private const string Get = "GET / HTTP/1.1\r\nHost: localhost\r\n\r\n";

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Connection_goes_on_after_a_refusal(bool hasFront)
    {
        await using var bench = Business(hasFront);
        var hold = bench.Hold();
        await bench.StartAsync();
        using var wire = await Wire.ConnectAsync(bench.Port);
        foreach (var request in new[] { Get, "POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\nhello", "POST / HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n" })
            Assert.StartsWith("HTTP/1.1 503 ", await wire.AskAsync(request), StringComparison.Ordinal);
        hold.Dispose();
        Assert.Contains("business", await wire.AskAsync(Get), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("Expect: 100-continue\r\n")]
    public async Task Large_upload_is_refused_before_it_is_sent(string expect)
    {
        await using var bench = Business();
        using var hold = bench.Hold();
        await bench.StartAsync();
        using var wire = await Wire.ConnectAsync(bench.Port);
        var answer = await wire.AskAsync($"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 20000000\r\n{expect}\r\n");
        Assert.StartsWith("HTTP/1.1 503 ", answer, StringComparison.Ordinal);
        Assert.Contains("\r\nRetry-After: 1\r\n", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task First_success_comes_with_the_start_and_no_refusal_after_it(bool hasFront)
    {
        await using var bench = Business(hasFront);
        var hold = bench.Hold();
        await bench.StartAsync();
        var (openedAt, isOpen, refusals) = (0L, false, 0);
        var clients = Enumerable.Range(0, 4).Select(_ => Task.Run(ClientAsync)).ToList();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref refusals) > 100, "they are being refused");

        Volatile.Write(ref openedAt, Stopwatch.GetTimestamp());
        hold.Dispose();
        Assert.True(bench.Evaluator.Current.HasStarted);
        Volatile.Write(ref isOpen, true);

        foreach (var client in clients)
        {
            var (refused, opened) = await client.Within();
            TestContext.Current.TestOutputHelper?.WriteLine($"{refused} refused, then served {Stopwatch.GetElapsedTime(openedAt, opened).TotalMilliseconds:0.00} ms after the order to open");
        }

        async Task<(int Refused, long Opened)> ClientAsync()
        {
            using var wire = await Wire.ConnectAsync(bench.Port);
            for (var refused = 0; ; refused++)
            {
                var wasOpen = Volatile.Read(ref isOpen);
                if ((await wire.AskAsync(Get)).StartsWith("HTTP/1.1 200 ", StringComparison.Ordinal))
                {
                    Assert.NotEqual(0, Volatile.Read(ref openedAt));
                    var opened = Stopwatch.GetTimestamp();
                    for (var more = 0; more < 100; more++)
                        Assert.StartsWith("HTTP/1.1 200 ", await wire.AskAsync(Get), StringComparison.Ordinal);
                    return (refused, opened);
                }

                Assert.False(wasOpen, "Refused after the start.");
                Interlocked.Increment(ref refusals);
            }
        }
    }

    [Fact]
    public async Task Ten_thousand_requests_run_no_check()
    {
        await using var bench = WebBench.Refusing(hasFront: true, ("Health:Period", "1.00:00:00"), ("Health:FailingPeriod", "1.00:00:00"));
        bench.Builder.Logging.SetMinimumLevel(LogLevel.Warning);
        var checks = Enumerable.Range(0, 20).Select(number => bench.Add($"check-{number}", tags: CheckTags.Startup)).ToList();
        var served = 0;
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapFallback(() => Interlocked.Increment(ref served));
        using var hold = bench.Hold();
        await bench.StartAsync();
        await Task.WhenAll(Enumerable.Range(0, 8).Select(_ => Task.Run(async () =>
        {
            using var wire = await Wire.ConnectAsync(bench.Port);
            for (var request = 0; request < 1_250; request++)
                Assert.StartsWith("HTTP/1.1 503 ", await wire.AskAsync(Get), StringComparison.Ordinal);
        }))).WaitAsync(TimeSpan.FromMinutes(2), TestContext.Current.CancellationToken);
        Assert.Equal((0, 20), (served, checks.Sum(check => check.Runs)));
    }

    private static WebBench Business(bool hasFront = true)
    {
        var bench = WebBench.Refusing(hasFront);
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        bench.App.MapPost("/", async (HttpRequest request) => await new StreamReader(request.Body).ReadToEndAsync());
        return bench;
    }

    /// <summary>One connection; one request after the other.</summary>
    private sealed class Wire(TcpClient client) : IDisposable
    {
        private readonly byte[] _buffer = new byte[4096];

        public static async Task<Wire> ConnectAsync(int port)
        {
            var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync("127.0.0.1", port);
            return new(client);
        }

        public async Task<string> AskAsync(string request)
        {
            await client.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
            var text = "";
            while (!IsWhole(text))
            {
                var read = await client.GetStream().ReadAsync(_buffer).AsTask().Within();
                Assert.NotEqual(0, read);
                text += Encoding.ASCII.GetString(_buffer, 0, read);
            }

            return text;
        }

        public void Dispose() => client.Dispose();

        private static bool IsWhole(string text)
        {
            var end = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
            if (end < 0)
                return false;
            const string Length = "\r\nContent-Length: ";
            var at = text.IndexOf(Length, StringComparison.Ordinal);
            return at < 0
                ? text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal)
                : text.Length - end - 4 >= int.Parse(text.AsSpan(at + Length.Length, text.IndexOf('\r', at + 2) - at - Length.Length), System.Globalization.CultureInfo.InvariantCulture);
        }
    }
}

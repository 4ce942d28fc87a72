using System.Diagnostics;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>Far more requests than anybody sends: they cost no run of a check, and nothing of them stays.</summary>
[Collection(VirtualTime.Name)]
public sealed class FloodTests
{
    private const int Checks = 200, Requests = 51_200, Connections = 8, AtOnce = 16; // As 10,000 requests per second for 5 s.

    [Theory]
    [InlineData("/health")]
    [InlineData("/health/ready")]
    public async Task Requests_run_no_check_and_leave_no_memory_behind(string path)
    {
        // None of them is due again by itself: whatever run there is was asked for.
        await using var bench = new WebBench("Production", ("Health:Period", "1.00:00:00"), ("Health:FailingPeriod", "1.00:00:00"));
        bench.Builder.Logging.SetMinimumLevel(LogLevel.Warning); // A list that keeps every line grows.
        var checks = Enumerable.Range(0, Checks).Select(number => bench.Add($"check-{number}")).ToList();
        bench.App.MapHealth(options => options.Deep = false);
        await bench.StartAsync();
        Assert.Equal(Checks, checks.Sum(check => check.Runs));

        await BurstAsync(bench.Port, path); // What is made once is made here.
        await BurstAsync(bench.Port, path);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var took = await BurstAsync(bench.Port, path);
        var after = GC.GetTotalMemory(forceFullCollection: true);

        Assert.Equal(Checks, checks.Sum(check => check.Runs));
        Assert.True(after - before < 20 * Requests, $"{Requests} requests left {after - before} bytes behind."); // A leak has 20 bytes per request at the very least.
        TestContext.Current.TestOutputHelper?.WriteLine($"{path}: {Requests / took.TotalSeconds:0} requests/s, {after - before} bytes");
    }

    private static async Task<TimeSpan> BurstAsync(int port, string path)
    {
        var began = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Connections).Select(_ => Task.Run(() => AskAsync(port, path)))).WaitAsync(TimeSpan.FromMinutes(2));
        return Stopwatch.GetElapsedTime(began);
    }

    // Some at a time over one connection, as wrk's pipelining has it: the client must not be what is slow.
    private static async Task AskAsync(int port, string path)
    {
        using var client = new TcpClient { NoDelay = true };
        await client.ConnectAsync("127.0.0.1", port);
        var request = Encoding.ASCII.GetBytes(string.Concat(Enumerable.Repeat($"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n", AtOnce)));
        var buffer = new byte[16 * 1024];
        for (var sent = 0; sent < Requests / Connections; sent += AtOnce)
        {
            await client.GetStream().WriteAsync(request);
            for (var answers = 0; answers < AtOnce;)
            {
                var read = await client.GetStream().ReadAsync(buffer);
                Assert.NotEqual(0, read);
                answers += buffer.AsSpan(0, read).Count((byte)'}'); // Each body has one.
            }
        }
    }
}

using System.Text;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

/// <summary>Against servers that are no Redis, or one that has gone mad.</summary>
public sealed class RedisStrangerTests
{
    private const string Secret = "s3cret";

    [Theory]
    [InlineData("HTTP/1.1 400 Bad Request\r\n\r\n", CheckErrors.Protocol)]
    [InlineData("+OK\r\n+OK\r\n", CheckErrors.Protocol)] // PING is not answered with OK.
    [InlineData("+OK\r\n:1\r\n", CheckErrors.Protocol)]
    [InlineData("+OK\r\n*1\r\n+PONG\r\n", CheckErrors.Protocol)]
    [InlineData("$99999999999\r\n", CheckErrors.Protocol)]
    [InlineData("\u0015\u0003\u0003\0\u0002\u0002\u0046", CheckErrors.Tls)]
    [InlineData("-ERR your password is s3cret\r\n", CheckErrors.Failed)]
    [InlineData("+OK\r\n-NOPERM this user 's3cret' has no permissions\r\n", CheckErrors.Forbidden)]
    [InlineData("-DENIED Redis is running in protected mode\r\n", CheckErrors.Forbidden)]
    [InlineData("+OK\r\n-BUSY Redis is busy\r\n", CheckErrors.Failed)]
    [InlineData("+OK\r\n-READONLY You can't write\r\n", CheckErrors.ReadOnly)]
    [InlineData("-ERR invalid password\r\n", CheckErrors.Authentication)]
    [InlineData("-ERR Client sent AUTH, but no password is set\r\n", CheckErrors.Authentication)]
    [InlineData("-ERR max number of clients + cluster connections reached\r\n", CheckErrors.TooManyClients)]
    [InlineData("", CheckErrors.Closed)]
    [InlineData("+OK\r\n+PO", CheckErrors.Closed)]
    public async Task Answer_has_its_code_and_its_words_go_no_further(string answer, string code)
    {
        await using var server = RawServer.Answering(Encoding.Latin1.GetBytes(answer), keepsOpen: code != CheckErrors.Closed);

        var result = await AskAsync(server);

        result.AssertHolds(code);
        result.AssertHidden(Secret);
    }

    [Theory]
    [InlineData("+OK\r\n+PONG\r\n", false)] // And closes: a proxy that does not know INFO.
    [InlineData("+OK\r\n+PONG\r\n-ERR unknown command 'INFO'\r\n+OK\r\n", true)]
    [InlineData("+OK\r\n+PONG\r\n$-1\r\n+OK\r\n", true)]
    [InlineData("+OK\r\n+PONG\r\n$68\r\nrole:owner\r\nredis_version:<script>\r\nused_memory:-5\r\nmaxclients:x\r\n::\r\n+OK\r\n", true)]
    public async Task Answer_to_ping_is_enough_whatever_info_says(string answer, bool keepsOpen)
    {
        await using var server = RawServer.Answering(Encoding.Latin1.GetBytes(answer), keepsOpen);

        var result = await AskAsync(server);

        Assert.Equal((HealthStatus.Healthy, "connected"), (result.Status, result.Description));
        Assert.DoesNotContain("version", result.Data.Keys);
    }

    [Fact]
    public async Task Word_said_before_our_request_was_taken_is_heard()
    {
        // Closed with our bytes unread, which resets the connection while we still send.
        await using var server = new RawServer(async (stream, stop) => await stream.WriteAsync("-ERR max number of clients reached\r\n"u8.ToArray(), stop));

        var result = await CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache", $"127.0.0.1:{server.Port},password={new string('x', 16_000_000)}"));

        result.AssertHolds(CheckErrors.TooManyClients);
    }

    [Fact]
    public async Task Flood_is_cut_off()
    {
        await using var server = new RawServer(async (stream, stop) =>
        {
            await stream.WriteAsync("$262144\r\n"u8.ToArray(), stop);
            while (true)
                await stream.WriteAsync(new byte[64 * 1024], stop);
        });
        var before = GC.GetTotalAllocatedBytes();

        (await AskAsync(server)).AssertHolds(CheckErrors.Protocol);

        Assert.InRange(GC.GetTotalAllocatedBytes() - before, 0, 64 * 1024 * 1024); // The server's own buffers included.
    }

    [Fact]
    public async Task Answer_that_drips_is_put_together()
    {
        await using var server = new RawServer(async (stream, stop) =>
        {
            foreach (var letter in "+OK\r\n+PONG\r\n$12\r\nrole:master\n\r\n+OK\r\n"u8.ToArray())
            {
                await stream.WriteAsync(new[] { letter }, stop);
                await Task.Yield();
            }

            await stream.ReadExactlyAsync(new byte[1_000_000], stop);
        });

        Assert.Equal("primary", (await AskAsync(server)).Data["role"]);
    }

    [Theory]
    [InlineData(0)]
    [InlineData(5)]
    [InlineData(12)]
    [InlineData(20)]
    public async Task Silence_at_any_point_is_left_at_the_deadline_and_the_connection_closed(int after)
    {
        var answer = "+OK\r\n+PONG\r\n$12\r\nrole:master\n\r\n+OK\r\n"u8[..after].ToArray();
        await using var server = RawServer.Answering(answer);

        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => AskAsync(server, TimeSpan.FromMilliseconds(200)));

        await Eventually.IsTrueAsync(() => server.Open == 0, "the connection is closed");
    }

    private static Task<HealthCheckResult> AskAsync(RawServer server, TimeSpan? deadline = null) =>
        CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache", $"127.0.0.1:{server.Port},password={Secret}"), deadline);
}

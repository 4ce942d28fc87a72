using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>
/// How late the gate opens after its dependency has begun to accept, with real sockets and servers. The rule itself is held to the millisecond on virtual time; here with room for a busy machine. With
/// <c>GATE_LAG_RUNS</c> set to a number, it measures that many times at each of the longer waits, too, and prints a table.
/// </summary>
[Collection(VirtualTime.Name)]
public sealed class GateLagTests(ITestOutputHelper output)
{
    private static readonly int Runs = int.TryParse(Environment.GetEnvironmentVariable("GATE_LAG_RUNS"), CultureInfo.InvariantCulture, out var runs) ? runs : 0;

    private static readonly double[] Waits = Runs > 0 ? [0.3, 1, 2, 5, 10] : [0.3, 2];

    [Theory]
    [InlineData("tcp")]
    [InlineData("redis")]
    [InlineData("postgres")]
    public async Task Gate_opens_within_2_percent_of_the_wait_after_its_dependency_accepts(string kind)
    {
        using var postgres = kind == "postgres" ? await PostgresServer.StartAsync() : null;
        using var redis = kind == "redis" ? await RedisServer.StartNewAsync() : null;
        foreach (var wait in Waits)
        {
            var lags = new List<(double Lag, double Run)>();
            for (var run = 0; run < Math.Max(Runs, 3); run++)
                lags.Add(await LagAsync(wait + 0.1 * Random.Shared.NextDouble(), postgres is not null ? postgres.Port : redis?.Port, postgres, redis));
            lags.Sort();
            var (lag, answer) = (lags[lags.Count / 2].Lag, lags.Select(one => one.Run).Order().ElementAt(lags.Count / 2));
            var rule = Math.Clamp(wait * 20, 20, 500);
            output.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{kind} {wait} s: median {lag:0} ms, most {lags[^1].Lag:0} ms; the rule allows {rule:0} ms and the run, which took {answer:0} ms"));
            Assert.InRange(lag, 0, rule + answer + 250);
        }
    }

    // The server runs all the time; what comes late is the port in front of it, so that the moment it accepts is known.
    private static async Task<(double Lag, double Run)> LagAsync(double wait, int? server, PostgresServer? postgres, RedisServer? redis)
    {
        var port = Ports.Free();
        await using var source = postgres is null ? null : NpgsqlDataSource.Create($"{postgres.ConnectionString};Port={port}");
        using var gate = new LiveGate(checks => _ = source is not null ? checks.AddPostgresCheck("db", _ => source, tags: [CheckTags.Startup])
            : redis is not null ? checks.AddRedisCheck("db", $"127.0.0.1:{port}", tags: [CheckTags.Startup])
            : checks.AddTcpCheck("db", "127.0.0.1", port, tags: [CheckTags.Startup]));
        await gate.SaysAsync("db is not there yet");
        var waiting = Stopwatch.GetTimestamp();
        await Eventually.IsTrueAsync(() => Stopwatch.GetElapsedTime(waiting).TotalSeconds >= wait, $"{wait} s");

        using var front = new TcpListener(IPAddress.Loopback, port);
        front.Start();
        var accepts = Stopwatch.GetTimestamp();
        if (server is { } behind)
            _ = Task.Run(() => ForwardAsync(front, behind));

        await gate.Starting.Within();
        return (Stopwatch.GetElapsedTime(accepts, gate.EndedAt).TotalMilliseconds, gate.LatencyOf("db").TotalMilliseconds);
    }

    private static async Task ForwardAsync(TcpListener front, int server)
    {
        while (true)
        {
            var client = await front.AcceptTcpClientAsync(CancellationToken.None);
            var behind = new TcpClient("127.0.0.1", server) { NoDelay = true };
            client.NoDelay = true;
            _ = Task.WhenAll(client.GetStream().CopyToAsync(behind.GetStream()), behind.GetStream().CopyToAsync(client.GetStream())).ContinueWith(
                _ =>
                {
                    client.Dispose();
                    behind.Dispose();
                }, TaskScheduler.Default);
        }
    }
}

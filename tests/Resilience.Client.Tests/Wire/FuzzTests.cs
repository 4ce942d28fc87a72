using System.Collections.Concurrent;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

[Collection(nameof(Alone))]
public sealed class FuzzTests
{
    private const int Seeds = 2_000;

    private static readonly string[] Valid =
    [
        "HTTP/1.1 200 OK\r\nContent-Type: application/json; charset=utf-8\r\nContent-Length: 15\r\n\r\n{\"name\":\"whole\"}",
        "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\nContent-Type: application/json\r\n\r\n4\r\n[1,2\r\n3;x=y\r\n,3]\r\n0\r\nX-Trailer: 1\r\n\r\n",
        "HTTP/1.1 204 No Content\r\nDate: Sat, 01 Jan 2028 00:00:00 GMT\r\n\r\n",
        "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 0\r\nContent-Length: 2\r\n\r\nno",
        "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n1",
        "HTTP/1.1 400 Bad Request\r\nContent-Type: application/problem+json\r\nContent-Length: 28\r\n\r\n{\"title\":\"No\",\"status\":400} \n",
        "HTTP/1.0 200 OK\r\nConnection: close\r\nServer: a=b\r\nContent-Encoding: identity\r\n\r\n\"until the end\"",
    ];

    [Fact]
    public async Task Damaged_answers_end_in_a_response_or_a_backend_exception()
    {
        await using var backend = new ScriptedBackend { Records = false }.Always(Read, Damaged);
        await using var host = new WireHost(
            backend.Address, "Timeout=00:00:00.6", "AttemptTimeout=00:00:00.3", "Retry:MaxRetries=1", "Budget:Ratio=10",
            "Circuit:MinFailures=99999", "Circuit:MinSamples=100000");
        var wrong = new ConcurrentQueue<string>();
        var ended = new int[2];
        await Parallel.ForEachAsync(
            Enumerable.Range(0, Seeds), new ParallelOptions { MaxDegreeOfParallelism = 64 }, async (seed, _) =>
            {
                try
                {
                    await CallAsync(host, seed);
                    Interlocked.Increment(ref ended[0]);
                }
                catch (BackendException)
                {
                    Interlocked.Increment(ref ended[1]);
                }
                catch (Exception e)
                {
                    wrong.Enqueue($"Seed {seed}, answer {JsonSerializer.Serialize(Encoding.Latin1.GetString(Answer(seed)))}: {e}");
                }
            });
        Assert.True(wrong.IsEmpty, $"{wrong.Count} ended otherwise:\n{string.Join("\n\n", wrong.Take(5))}");
        Assert.All(ended, count => Assert.True(count > Seeds / 20, "the damage is one-sided")); // Neither all whole nor all broken.
        await host.LeftNothingAsync();
    }

    private static async Task CallAsync(WireHost host, int seed)
    {
        var path = $"/{seed}";
        switch (seed % 3)
        {
            case 0:
                using (await host.GetAsync(path))
                    return;
            case 1:
                await host.GetJsonAsync(path[1..]);
                return;
            default:
                using (await host.SendAsync(HttpMethod.Get, null, request =>
                {
                    request.RequestUri = new(path, UriKind.Relative);
                    request.Options.Set(CallOptions.ReadBody, true);
                }))
                    return;
        }
    }

    private static async Task Damaged(Peer peer)
    {
        var seed = int.Parse(peer.Request.Target[1..], CultureInfo.InvariantCulture);
        await peer.SendAsync(Answer(seed));
        switch (new Random(seed).Next(20))
        {
            case 0:
                await peer.WaitForCloseAsync();
                break;
            case < 10:
                peer.Close();
                break;
            case < 15:
                peer.HalfClose();
                await peer.WaitForCloseAsync();
                break;
            default:
                peer.Reset();
                break;
        }
    }

    private static byte[] Answer(int seed)
    {
        var random = new Random(seed);
        var bytes = Encoding.Latin1.GetBytes(Valid[random.Next(Valid.Length)]).ToList();
        for (var damages = random.Next(4); damages >= 0 && bytes.Count > 0; damages--)
        {
            var at = random.Next(bytes.Count);
            var count = Math.Min(random.Next(1, 9), bytes.Count - at);
            switch (random.Next(7))
            {
                case 0:
                    bytes.RemoveRange(at, bytes.Count - at);
                    break;
                case 1:
                    bytes.RemoveRange(at, count);
                    break;
                case 2:
                    bytes.InsertRange(at, bytes.GetRange(at, count));
                    break;
                case 3:
                    var inserted = new byte[count];
                    random.NextBytes(inserted);
                    bytes.InsertRange(at, inserted);
                    break;
                case 4:
                    bytes[at] = (byte)random.Next(256);
                    break;
                case 5:
                    bytes[at] ^= (byte)(1 << random.Next(8));
                    break;
                default: // Whole.
                    break;
            }
        }

        return [.. bytes];
    }
}

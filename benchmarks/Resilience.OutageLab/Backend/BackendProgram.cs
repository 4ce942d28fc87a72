using System.Globalization;
using System.Text.Json;

namespace Resilience.OutageLab.Backend;

/// <summary>
/// The process of a backend. Orders come on standard input, one a line: <c>zero T</c> (when the load begins), <c>behave JSON</c>, <c>listen PORT</c>; it ends with
/// its input. It says <c>ready</c>, <c>listening T</c>, <c>behaves T</c>, and every 50 ms <c>seen SERVED WASTED SHED PROBES BINS</c>, so that a kill loses next to nothing.
/// </summary>
internal static class BackendProgram
{
    private const int TellEvery = 50;

    public static async Task<int> RunAsync(string behaviour)
    {
        var server = new LoadedServer(JsonSerializer.Deserialize<Behaviour>(behaviour) ?? new());
        await WarmUpAsync();
        using var tells = new Timer(_ => Tell(server), null, TellEvery, TellEvery);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is { } order)
        {
            var space = order.IndexOf(' ', StringComparison.Ordinal);
            var rest = order[(space + 1)..];
            switch (order[..space])
            {
                case "zero":
                    server.Arrivals.Zero = long.Parse(rest, CultureInfo.InvariantCulture);
                    server.ResetCounters();
                    break;
                case "behave":
                    server.Behave(JsonSerializer.Deserialize<Behaviour>(rest) ?? new());
                    Console.WriteLine($"behaves {LabTime.Now}");
                    break;
                case "listen":
                    await server.ListenAsync(int.Parse(rest, CultureInfo.InvariantCulture));
                    server.Behave(JsonSerializer.Deserialize<Behaviour>(behaviour) ?? new()); // A cold start begins now.
                    Console.WriteLine($"listening {LabTime.Now}");
                    break;
                default:
                    break;
            }
        }

        Tell(server);
        return 0;
    }

    private static void Tell(LoadedServer server)
    {
        lock (server)
        {
            if (server.Arrivals.Zero != long.MaxValue)
                Console.WriteLine($"seen {server.Counters} {server.Arrivals.News()}");
        }
    }

    /// <summary>What is measured is the clients, not how long the platform compiles a server: one whose start is slow says so in its behaviour.</summary>
    private static async Task WarmUpAsync()
    {
        var server = new LoadedServer(new() { Service = 1 });
        await using var app = await server.ListenAsync(0);
        using var http = new HttpClient { BaseAddress = new(app.Urls.First()) };
        for (var i = 0; i < 10; i++)
            await Task.WhenAll(Enumerable.Range(0, 20).Select(_ => http.GetStringAsync(LoadedServer.WorkPath)));
        await app.StopAsync();
    }
}

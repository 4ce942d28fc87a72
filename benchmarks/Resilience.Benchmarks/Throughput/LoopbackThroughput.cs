namespace Resilience.Benchmarks;

/// <summary>How many answers a second callers get over the loopback, with a client and without: HTTP/1.1, connections kept.</summary>
internal static class LoopbackThroughput
{
    private const int WarmUps = 4;

    // Bare twice: what the second differs from the first by is the machine's.
    private static readonly Contender[] Contenders = [.. Contender.All.Where(contender => !contender.Name.Contains("loggers", StringComparison.Ordinal) && !contender.Name.Contains("deadline", StringComparison.Ordinal)), Contender.Bare with { Name = "bare, once more" }];

    public static async Task RunAsync(Report report, RunOptions options)
    {
        using var server = await ServerProcess.StartAsync(Serving.Answers);
        foreach (var callers in new[] { 1, 64 })
            report.Add(await MeasureAsync(server.Port, callers, options.RoundsOr(15), options.LengthOr(1)));
    }

    private static async Task<Table> MeasureAsync(int port, int callers, int rounds, TimeSpan length)
    {
        var address = new Uri($"http://127.0.0.1:{port}/");
        var clients = Contenders.Select(contender => contender.Connect(primary: null, address)).ToList();
        var reached = clients.ConvertAll(_ => new List<Reached>());
        for (var round = -WarmUps; round < rounds; round++)
        {
            for (var i = 0; i < clients.Count; i++)
            {
                // Another begins each round, and each second round goes backwards: nobody is always first, or always after the same one.
                var place = (i + round + WarmUps) % clients.Count;
                var turn = round % 2 == 0 ? place : clients.Count - 1 - place;
                var one = await Callers.RunAsync(clients[turn].Http, callers, length);
                if (round >= 0)
                    reached[turn].Add(one);
            }
        }

        var table = new Table(
            $"Throughput over the loopback, {callers} {(callers == 1 ? "caller" : "callers")}",
            $"{rounds} interleaved rounds of {length.TotalSeconds} s against Kestrel in another process of this machine; ratios are those of a round, with quartiles. CPU and bytes are the client's.",
            ("of bare", "0.00"), ("answers/s", "N0"), ("CPU µs per call", "0.0"), ("bytes per call", "N0"));
        for (var i = 0; i < clients.Count; i++)
        {
            table.Add(
                clients[i].Name,
                Spread.Of(reached[i].Zip(reached[0], (mine, bare) => mine.PerSecond / bare.PerSecond)),
                Spread.Of(reached[i].Select(one => one.PerSecond)).Median,
                Spread.Of(reached[i].Select(one => one.CpuMicroseconds)),
                Spread.Of(reached[i].Select(one => one.Bytes)).Median);
        }

        clients.ForEach(client => client.Dispose());
        return table;
    }
}

namespace Resilience.Benchmarks;

/// <summary>How fast health endpoints answer, against an endpoint that returns a constant, in the same run and process.</summary>
internal static class HealthThroughput
{
    private const int Connections = 32;

    public static async Task RunAsync(Report report, RunOptions options)
    {
        var (rounds, length) = (options.RoundsOr(9), options.LengthOr(2));
        using var server = await ServerProcess.StartAsync(Serving.Health, ports: 2);
        Target[] targets = [
            new("MapGet of a constant", server.Port, "/constant"),
            new("MapHealth: /health", server.Port, "/health"),
            new("MapHealth: /health/ready", server.Port, "/health/ready"),
            new("MapHealthChecks, one check of 5 ms", server.Port + 1, "/health")];
        var loads = new List<Load>();
        foreach (var target in targets)
            loads.Add(await Load.ConnectAsync(target, Connections));

        for (var round = -1; round < rounds; round++) // The first one warms up.
        {
            var constant = 0.0;
            foreach (var load in loads)
            {
                var perSecond = await load.RunAsync(length);
                constant = load == loads[0] ? perSecond : constant;
                if (round >= 0)
                    load.Rounds.Add((perSecond, perSecond / constant));
            }
        }

        var table = new Table(
            "Health endpoints", $"{rounds} interleaved rounds of {length.TotalSeconds} s, {Connections} connections; ratios are those of a round, with quartiles.",
            ("answers/s", "N0"), ("of the constant", "0.00"));
        loads.ForEach(load => load.AddTo(table));
        report.Add(table);
    }
}

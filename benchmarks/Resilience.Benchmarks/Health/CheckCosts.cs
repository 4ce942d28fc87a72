using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Resilience.Health;

namespace Resilience.Benchmarks;

/// <summary>What evaluator and gate cost, by the number of checks. The checks themselves do nothing.</summary>
internal static class CheckCosts
{
    public static async Task RunAsync(Report report, RunOptions options)
    {
        var rounds = options.RoundsOr(9);
        var table = new Table(
            "Evaluator and gate", $"Medians and quartiles of {rounds}. A round runs every check once; the gate waits for all of them, from the host's start.",
            ("round, µs per check", "0.0"), ("round, bytes per check", "N0"), ("reading the snapshot, ns", "0.0"), ("start to open gate, ms", "0.0"));
        foreach (var checks in new[] { 1, 10, 100, 1_000 })
            table.Add($"{checks:N0} {(checks == 1 ? "check" : "checks")}", await MeasureAsync(checks, rounds));
        report.Add(table);
    }

    /// <summary>A host whose evaluator runs so many checks. Its gate, if it has one, waits for all of them.</summary>
    public static IHost Host(int checks, bool hasGate)
    {
        var builder = Microsoft.Extensions.Hosting.Host.CreateEmptyApplicationBuilder(null);
        var added = builder.Services.AddHealthEvaluator(options => options.MinRefreshInterval = TimeSpan.Zero).AddHealthChecks();
        for (var i = 0; i < checks; i++)
            added.AddCheck($"check-{i}", static () => HealthCheckResult.Healthy(), [CheckTags.Startup]);
        if (hasGate)
            builder.Services.AddStartupGate();
        return builder.Build();
    }

    private static async Task<object?[]> MeasureAsync(int checks, int rounds)
    {
        var opening = new List<double>();
        for (var round = -1; round < rounds; round++)
        {
            using var gated = Host(checks, hasGate: true);
            var started = Stopwatch.GetTimestamp();
            await gated.StartAsync(); // A host without a server holds its start until the gate is open.
            if (round >= 0)
                opening.Add(Stopwatch.GetElapsedTime(started).TotalMilliseconds);
            await gated.StopAsync();
        }

        using var host = Host(checks, hasGate: false);
        await host.StartAsync();
        var evaluator = host.Services.GetRequiredService<IHealthEvaluator>();
        var repeats = Math.Max(3, 1_000 / checks);
        var run = await Interleaved.RunAsync([new("round", async times =>
        {
            for (var time = 0; time < times; time++)
                await evaluator.RefreshAsync();
        })], rounds, repeats);
        var read = await Interleaved.RunAsync([new("read", times =>
        {
            for (var time = 0; time < times; time++)
                GC.KeepAlive(evaluator.Current);
            return Task.CompletedTask;
        })], rounds, 1_000_000);
        await host.StopAsync();
        return [run[0].Times(1.0 / 1_000 / checks), run[0].Bytes / checks, read[0].Times(1), Spread.Of(opening)];
    }
}

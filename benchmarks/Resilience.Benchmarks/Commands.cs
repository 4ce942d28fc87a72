using System.Globalization;

namespace Resilience.Benchmarks;

/// <summary>What the program can be asked for.</summary>
internal static class Commands
{
    private sealed record Command(string Name, string Help, Func<Report, RunOptions, Task> RunAsync);

    private static readonly Command[] Known = [
        new("ratios", "per-call cost against a bare client: success, one retry, refused, waiting, JSON", Ratios.RunAsync),
        new("throughput", "answers a second over the loopback, 1 and 64 callers, CPU and bytes per call", LoopbackThroughput.RunAsync),
        new("memory", "bytes per waiting call, and per backend of 10,000", Memory.RunAsync),
        new("soak", "the live heap over 1,000,000 calls with failures and outages", Soak.RunAsync),
        new("health", "health endpoints against a constant; what evaluator and gate cost with up to 1,000 checks", Health.RunAsync),
    ];

    public static async Task<int> RunAsync(string[] args)
    {
        switch (args)
        {
            case ["all", .. var rest]:
                return await RunAsync(Known, rest);
            case ["bdn", .. var rest]:
                Micro.Run(rest);
                return 0;
            case [var name, .. var rest] when Known.FirstOrDefault(command => command.Name == name) is { } command:
                return await RunAsync([command], rest);
            default:
                Console.WriteLine($"Commands, each with {RunOptions.Help}:");
                foreach (var command in Known)
                    Console.WriteLine($"  {command.Name,-12}{command.Help}");
                Console.WriteLine($"  {"all",-12}all of these, one after the other");
                Console.WriteLine($"  {"bdn [ARGS]",-12}BenchmarkDotNet, with its own arguments, for example --filter *Retry* or --list flat");
                return args.Length == 0 ? 0 : 2;
        }
    }

    private static async Task<int> RunAsync(Command[] commands, string[] args)
    {
        var options = RunOptions.Parse(args);
        var report = new Report(Console.Out);
        CultureInfo.CurrentCulture = CultureInfo.InvariantCulture;
        report.WriteMachine();
        foreach (var command in commands)
            await command.RunAsync(report, options);
        if (options.Json is { } file)
            report.SaveJson(file);
        return 0;
    }
}

using System.Diagnostics;
using System.Runtime.InteropServices;
using Resilience.OutageLab.Report;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Conduct;

/// <summary>Runs every scenario with every client, in turns (A B C D A B C D), so that what befalls the machine befalls all of them; then reports.</summary>
internal static class Conductor
{
    private const double StartSeconds = 2.5; // Until the processes of a run have started and are warm.

    public static async Task<int> RunAsync(CommandLine command)
    {
        if (command.ListsOnly)
        {
            foreach (var scenario in command.Scenarios)
                Console.WriteLine($"{scenario.Name,-18} {scenario.What}");
            return 0;
        }

        var folder = Directory.CreateTempSubdirectory("outage-lab-");
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, _ => End());
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, _ => End());
        try
        {
            await RunAllAsync(command, folder.FullName);
            return 0;
        }
        finally
        {
            Child.EndAll();
            folder.Delete(recursive: true);
        }

        void End()
        {
            Child.EndAll();
            folder.Delete(recursive: true);
            Environment.Exit(130);
        }
    }

    private static async Task RunAllAsync(CommandLine command, string folder)
    {
        var estimate = TimeSpan.FromSeconds(command.Scenarios.Sum(scenario => Estimate(scenario, command.ClientsOf(scenario).Count)) * command.Repeat);
        Console.WriteLine($"{Machine.Describe()}");
        Console.WriteLine($"{command.Scenarios.Count} scenarios, {command.Repeat} times each: about {estimate.TotalMinutes:0.0} minutes.");
        Directory.CreateDirectory(command.Out);
        var watch = Stopwatch.StartNew();
        var report = new Results(command);
        foreach (var scenario in command.Scenarios)
        {
            var records = new List<RunRecord>();
            for (var round = 0; round < command.Repeat; round++)
            {
                Console.WriteLine($"[{watch.Elapsed:mm\\:ss}] {scenario.Name}, round {round + 1} of {command.Repeat}: {string.Join(", ", command.ClientsOf(scenario))}{(scenario.IsLight ? ", side by side" : "")}");
                records.AddRange(await RoundAsync(command, scenario, round, folder));
            }

            report.Add(scenario, records);
        }

        report.Save();
        Console.WriteLine($"[{watch.Elapsed:mm\\:ss}] Tables, figures and pictures are in {Path.GetFullPath(command.Out)}.");
    }

    private static async Task<IReadOnlyList<RunRecord>> RoundAsync(CommandLine command, Scenario scenario, int round, string folder)
    {
        var clients = command.ClientsOf(scenario);
        if (scenario.IsLight)
            return await Task.WhenAll(clients.Select(client => PlayAsync(command, scenario, client, round, folder)));
        var records = new List<RunRecord>();
        foreach (var client in clients)
            records.Add(await PlayAsync(command, scenario, client, round, folder));
        return records;
    }

    private static async Task<RunRecord> PlayAsync(CommandLine command, Scenario scenario, string client, int round, string folder)
    {
        for (var tried = 1; ; tried++)
        {
            try
            {
                using var run = new Run(scenario, client, command.Plugin, seed: 1 + round, folder);
                var record = await run.PlayAsync();
                Console.WriteLine($"        {client,-10} {Words.InShort(Figures.Of(record))}");
                return record;
            }
            catch (InvalidOperationException e) when (tried == 1) // An hour's work does not end with one process that did not start.
            {
                Console.WriteLine($"        {client,-10} once more: {e.Message.Split('\n')[0]}");
            }
        }
    }

    private static double Estimate(Scenario scenario, int clients) =>
        scenario.IsLight ? scenario.Seconds + 2 * StartSeconds : clients * (scenario.Seconds + StartSeconds);
}

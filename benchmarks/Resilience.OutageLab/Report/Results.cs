using System.Text.Json;
using System.Text.Json.Serialization;
using Resilience.OutageLab.Conduct;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

/// <summary>Everything that was measured: printed as tables, and kept as tables, figures and pictures.</summary>
internal sealed class Results(CommandLine command)
{
    public static readonly JsonSerializerOptions Json = new()
    {
        WriteIndented = true,
        NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals,
        PropertyNamingPolicy = JsonNamingPolicy.CamelCase,
    };

    private readonly string _machine = Machine.Describe();
    private readonly List<string> _tables = [];
    private readonly Summary _summary = new();
    private readonly List<object> _scenarios = [];

    public void Add(Scenario scenario, IReadOnlyList<RunRecord> records)
    {
        var runs = records.GroupBy(record => record.Client).ToDictionary(group => group.Key, group => (IReadOnlyList<RunRecord>)[.. group]);
        var figures = runs.ToDictionary(run => run.Key, run => (IReadOnlyList<Figures>)[.. run.Value.Select(Figures.Of)]);
        var table = Table.Of(scenario, figures);
        Console.WriteLine($"\n{table}");
        _tables.Add(table);
        _summary.Add(scenario, figures);
        _scenarios.Add(new
        {
            scenario,
            clients = figures.Select(client => new
            {
                client = client.Key,
                median = Column.All.ToDictionary(column => column.Title, column => Spread(column, client.Value)),
                runs = client.Value.Zip(runs[client.Key], (figures, run) => new { figures, outages = run.Outages.Select(outage => new[] { outage.From, outage.To }), failures = run.Log.Failures }),
            }),
        });
        // Of several runs, the one in the middle.
        var shown = runs.Select(run => run.Value.OrderBy(record => new Calls(record.Log).Share(_ => true, Figures.Patience)).ElementAt(run.Value.Count / 2)).ToList();
        File.WriteAllText(Path.Combine(command.Out, $"{scenario.Name}.svg"), Timeline.Draw(scenario, shown));
        Save(); // After each scenario: an hour's work is not lost with its last minute.
    }

    public void Save()
    {
        var head = $"{_machine}. {(command.IsAside ? "Held-aside numbers. " : "")}Rounds: {command.Repeat}; median (lowest–highest).";
        File.WriteAllText(Path.Combine(command.Out, "results.md"), $"{head}\n\n## At a glance\n\n{_summary}## One by one\n\n{string.Join('\n', _tables)}");
        File.WriteAllText(Path.Combine(command.Out, "results.json"), JsonSerializer.Serialize(
            new { machine = _machine, at = DateTimeOffset.UtcNow, command.IsFull, command.IsAside, rounds = command.Repeat, clients = Clients.Catalog.Descriptions, scenarios = _scenarios }, Json));
    }

    private static object Spread(Column column, IReadOnlyList<Figures> figures)
    {
        var (median, min, max) = Statistics.Spread(figures.Select(column.Value));
        return new { median, min, max };
    }
}

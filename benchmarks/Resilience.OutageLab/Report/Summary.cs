using System.Globalization;
using System.Text;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

/// <summary>All scenarios at a glance: a table per question, a line per scenario, a column per client. Medians.</summary>
internal sealed class Summary
{
    private static readonly (string Title, Func<Figures, double> Value, Func<double, string> Read)[] Questions =
    [
        ("Calls that succeeded, %", figures => figures.Succeeded, Words.Percent),
        ("Calls answered within 1 s, of those that any client could have had answered, %", figures => figures.InTime / figures.Ceiling, Words.Percent),
        ("Sends per call while the outage lasted, probes included", figures => figures.AttemptsPerCallDuring, Words.Ratio),
        ("The longest call that succeeded", figures => figures.Max, Words.Time),
    ];

    private readonly List<(Scenario Scenario, IReadOnlyDictionary<string, IReadOnlyList<Figures>> Clients)> _scenarios = [];

    public void Add(Scenario scenario, IReadOnlyDictionary<string, IReadOnlyList<Figures>> clients) => _scenarios.Add((scenario, clients));

    public override string ToString()
    {
        var text = new StringBuilder();
        var clients = _scenarios.SelectMany(scenario => scenario.Clients.Keys).Distinct().ToList();
        foreach (var (title, value, read) in Questions)
        {
            text.Append(CultureInfo.InvariantCulture, $"### {title}\n\n| | ").AppendJoin(" | ", clients).Append(" |\n| --- |").Insert(text.Length, " ---: |", clients.Count).Append('\n');
            foreach (var (scenario, figures) in _scenarios)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {scenario.Name} | ")
                    .AppendJoin(" | ", clients.Select(client => figures.TryGetValue(client, out var of) ? Cell(read, Statistics.Spread(of.Select(value)).Median) : "")).Append(" |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }

    private static string Cell(Func<double, string> read, double median) => double.IsNaN(median) ? "–" : read(median);
}

using System.Globalization;
using System.Text;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

/// <summary>All scenarios at a glance: a table per question, a line per scenario, a column per client.</summary>
internal sealed class Summary
{
    private static readonly Column[] Questions =
    [
        new("Calls that succeeded, %", figures => figures.Succeeded, Words.Percent),
        new("Calls answered within 1 s, of those that any client could have had answered, %", figures => figures.InTime / figures.Ceiling, Words.Percent),
        new("Sends per call while the outage lasted, probes included", figures => figures.AttemptsPerCallDuring, Words.Ratio),
        new("99 % succeed again so long after the outage", figures => figures.BackTo99, Words.Time),
        new("The longest call that succeeded", figures => figures.Max, Words.Time),
    ];

    private readonly List<(Scenario Scenario, IReadOnlyDictionary<string, IReadOnlyList<Figures>> Clients)> _scenarios = [];

    public void Add(Scenario scenario, IReadOnlyDictionary<string, IReadOnlyList<Figures>> clients) => _scenarios.Add((scenario, clients));

    public override string ToString()
    {
        var text = new StringBuilder();
        var clients = _scenarios.SelectMany(scenario => scenario.Clients.Keys).Distinct().ToList();
        foreach (var question in Questions)
        {
            text.Append(CultureInfo.InvariantCulture, $"### {question.Title}\n\n| | ").AppendJoin(" | ", clients).Append(" |\n| --- |").Insert(text.Length, " ---: |", clients.Count).Append('\n');
            foreach (var (scenario, figures) in _scenarios)
            {
                text.Append(CultureInfo.InvariantCulture, $"| {scenario.Name} | ")
                    .AppendJoin(" | ", clients.Select(client => figures.TryGetValue(client, out var of) ? Table.Cell(question, of) : "")).Append(" |\n");
            }

            text.Append('\n');
        }

        return text.ToString();
    }
}

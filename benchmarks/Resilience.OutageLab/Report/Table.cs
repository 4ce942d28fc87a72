using System.Text;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

/// <summary>One scenario as a table in Markdown: medians, with the extremes where they differ.</summary>
internal static class Table
{
    public static string Of(Scenario scenario, IReadOnlyDictionary<string, IReadOnlyList<Figures>> clients)
    {
        var text = new StringBuilder().Append($"### {scenario.Name}\n\n{scenario.What}.\n\n| client | ");
        // What means nothing in this scenario is left out, for all.
        var columns = Column.All.Where(column => clients.Values.Any(figures => figures.Any(one => !double.IsNaN(column.Value(one))))).ToList();
        text.AppendJoin(" | ", columns.Select(column => column.Title)).Append(" |\n| --- |").Insert(text.Length, " --- |", columns.Count).Append('\n');
        foreach (var (client, figures) in clients)
            text.Append($"| {client} | ").AppendJoin(" | ", columns.Select(column => Cell(column, figures))).Append(" |\n");
        return text.ToString();
    }

    /// <summary>A median, and what the rounds differ by; a dash where a figure means nothing.</summary>
    public static string Cell(Column column, IReadOnlyList<Figures> figures)
    {
        var (median, min, max) = Statistics.Spread(figures.Select(column.Value));
        if (double.IsNaN(median))
            return "–";
        var (middle, low, high) = (column.Read(median), column.Read(min), column.Read(max));
        return low == high ? middle : $"{middle} ({low}–{high})";
    }
}

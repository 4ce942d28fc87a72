namespace Resilience.Conventions.Tests.Telemetry;

/// <summary>One instrument, as the document has it.</summary>
internal sealed record InstrumentRow(string Name, string Kind, string Unit, IReadOnlyList<string> Tags, string InPrometheus)
{
    /// <summary>What must be the same in the code.</summary>
    public string Shape => $"{Name} | {Kind} | {Unit}";
}

/// <summary><c>docs/telemetry.md</c>, read as tables.</summary>
internal static class TelemetryDocument
{
    public static string Path { get; } = System.IO.Path.Combine(Repository.Root, "docs", "telemetry.md");

    /// <summary>The lines below a heading, to the next of its level or above.</summary>
    public static IReadOnlyList<string> Section(string heading)
    {
        var level = heading.TakeWhile(letter => letter == '#').Count();
        return [.. File.ReadLines(Path).SkipWhile(line => line != heading).Skip(1).TakeWhile(line => !IsHeading(line, level))];
    }

    public static IReadOnlyList<InstrumentRow> Instruments(string package)
    {
        var section = Section($"## Metrics of {package}");
        var common = section.Where(line => line.Contains("Every instrument has the tag", StringComparison.Ordinal)).SelectMany(Words).Where(word => word != package).ToList();
        return [.. from line in section
                   let cells = Cells(line)
                   where cells.Length == 6 && cells[0].StartsWith('`')
                   select new InstrumentRow(Words(cells[0])[0], cells[1], cells[2], [.. common, .. Words(cells[3])], Words(cells[5])[0])];
    }

    /// <summary>The tags whose values a package's section lists.</summary>
    public static IReadOnlyList<string> TagsWithValues(string package) =>
        [.. Section($"## Metrics of {package}").SkipWhile(line => !line.StartsWith("| tag ", StringComparison.Ordinal)).Select(Cells).Where(cells => cells.Length == 2).SelectMany(cells => Words(cells[0]))];

    /// <summary>What stands in backticks.</summary>
    public static IReadOnlyList<string> Words(string text) => [.. text.Split('`').Where((_, index) => index % 2 == 1)];

    private static string[] Cells(string line) => line.StartsWith('|') ? [.. line.Trim('|').Split('|').Select(cell => cell.Trim())] : [];

    private static bool IsHeading(string line, int level) => line.StartsWith('#') && line.TakeWhile(letter => letter == '#').Count() <= level;
}

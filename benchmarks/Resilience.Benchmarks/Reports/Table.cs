using System.Globalization;
using System.Text.Json;

namespace Resilience.Benchmarks;

/// <summary>One table: a first column of names, then figures.</summary>
/// <param name="Title">Its heading.</param>
/// <param name="Note">How it was measured, in a sentence or two.</param>
/// <param name="Columns">Names, and how a figure is written.</param>
internal sealed record Table(string Title, string Note, params (string Name, string Format)[] Columns)
{
    private readonly List<(string Name, object?[] Cells)> _rows = [];

    /// <summary>Adds a row; cells are numbers, spreads, texts or null.</summary>
    public void Add(string name, params object?[] cells) => _rows.Add((name, cells));

    public void WriteMarkdown(TextWriter writer)
    {
        writer.WriteLine($"\n## {Title}\n\n{Note}\n");
        writer.WriteLine($"|  | {string.Join(" | ", Columns.Select(column => column.Name))} |");
        writer.WriteLine($"| --- |{string.Concat(Columns.Select(_ => " ---: |"))}");
        foreach (var (name, cells) in _rows)
            writer.WriteLine($"| {name} | {string.Join(" | ", cells.Select((cell, i) => Text(cell, Columns[i].Format)))} |");
    }

    public void WriteJson(Utf8JsonWriter json)
    {
        json.WriteStartObject();
        json.WriteString("title", Title);
        json.WriteString("note", Note);
        json.WriteStartArray("rows");
        foreach (var (name, cells) in _rows)
        {
            json.WriteStartObject();
            json.WriteString("name", name);
            for (var i = 0; i < cells.Length; i++)
            {
                json.WritePropertyName(Columns[i].Name);
                Write(json, cells[i]);
            }

            json.WriteEndObject();
        }

        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Text(object? cell, string format) => cell switch
    {
        null => "",
        Spread spread => spread.Text(format),
        IFormattable number => number.ToString(format, CultureInfo.InvariantCulture),
        _ => cell.ToString() ?? "",
    };

    private static void Write(Utf8JsonWriter json, object? cell)
    {
        switch (cell)
        {
            case Spread spread:
                json.WriteStartObject();
                json.WriteNumber("median", spread.Median);
                json.WriteNumber("lower", spread.Lower);
                json.WriteNumber("upper", spread.Upper);
                json.WriteEndObject();
                break;
            case null:
                json.WriteNullValue();
                break;
            case IConvertible number and not string:
                json.WriteNumberValue(number.ToDouble(CultureInfo.InvariantCulture));
                break;
            default:
                json.WriteStringValue(cell.ToString());
                break;
        }
    }
}

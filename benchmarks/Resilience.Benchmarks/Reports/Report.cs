using System.Globalization;
using System.Runtime;
using System.Text.Json;

namespace Resilience.Benchmarks;

/// <summary>What a run has to say: markdown as it goes, JSON at its end.</summary>
internal sealed class Report(TextWriter writer)
{
    private readonly List<Table> _tables = [];

    /// <summary>The machine, and how busy it was before us: on one that others use, nothing below is worth keeping.</summary>
    public static string Machine { get; } = string.Create(
        CultureInfo.InvariantCulture,
        $"{Environment.ProcessorCount} cores, .NET {Environment.Version}, {(GCSettings.IsServerGC ? "server" : "workstation")} GC, load of the last minute {Busy()}");

    public void WriteMachine() => writer.WriteLine(Machine);

    public void Add(Table table)
    {
        _tables.Add(table);
        table.WriteMarkdown(writer);
    }

    public void SaveJson(string file)
    {
        using var stream = File.Create(file);
        using var json = new Utf8JsonWriter(stream, new() { Indented = true });
        json.WriteStartObject();
        json.WriteString("machine", Machine);
        json.WriteStartArray("tables");
        _tables.ForEach(table => table.WriteJson(json));
        json.WriteEndArray();
        json.WriteEndObject();
    }

    private static string Busy() => File.Exists("/proc/loadavg") ? File.ReadAllText("/proc/loadavg").Split(' ')[0] : "unknown";
}

using System.Text;

namespace Resilience.Metrics.Prometheus;

/// <summary>All that is shown under one name, with the bytes that every scrape needs again.</summary>
internal sealed class Family
{
    private static readonly string[] Kinds = ["info", "histogram", "counter", "gauge"];

    private readonly byte[] _textHead, _openMetricsHead;

    public Family(string name, string? unit, FamilyKind kind, string help)
    {
        (Name, Kind) = (name, kind);
        Sample = Encoding.UTF8.GetBytes(name + kind switch { FamilyKind.Counter => "_total", FamilyKind.Info => "_info", _ => "" });
        Bucket = Encoding.UTF8.GetBytes(name + "_bucket");
        Sum = Encoding.UTF8.GetBytes(name + "_sum");
        Count = Encoding.UTF8.GetBytes(name + "_count");
        using var head = new Utf8Buffer();
        WriteHead(head, Encoding.UTF8.GetString(Sample), kind == FamilyKind.Info ? "gauge" : Kinds[(int)kind], help, inQuotes: false);
        _textHead = head.ToArray();
        head.Clear();
        WriteHead(head, name, Kinds[(int)kind], help, inQuotes: true);
        if (unit is not null)
            head.Append($"# UNIT {name} {unit}\n");
        _openMetricsHead = head.ToArray();
    }

    public string Name { get; }

    public FamilyKind Kind { get; }

    public List<MetricStream> Streams { get; } = [];

    /// <summary>The names of its samples.</summary>
    public byte[] Sample { get; }

    public byte[] Bucket { get; }

    public byte[] Sum { get; }

    public byte[] Count { get; }

    public byte[] Head(bool openMetrics) => openMetrics ? _openMetricsHead : _textHead;

    /// <summary>The names that nobody else may use, in either format.</summary>
    public static IEnumerable<string> Claims(string name, FamilyKind kind) => kind switch
    {
        FamilyKind.Info => [name, name + "_info"],
        FamilyKind.Counter => [name, name + "_total"],
        FamilyKind.Histogram => [name, name + "_bucket", name + "_sum", name + "_count"],
        _ => [name],
    };

    private static void WriteHead(Utf8Buffer head, string name, string kind, string help, bool inQuotes)
    {
        head.Append($"# HELP {name} ");
        head.AppendEscaped(help, inQuotes);
        head.Append($"\n# TYPE {name} {kind}\n");
    }
}

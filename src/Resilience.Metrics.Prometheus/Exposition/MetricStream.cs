using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>One metric of OpenTelemetry's as part of a family.</summary>
internal sealed class MetricStream(Metric metric, bool isOutlived)
{
    private byte[][] _bounds = [];

    public Metric Metric { get; } = metric;

    /// <summary>Whether it is the rest of a meter that was disposed and made again, which its successor stands before. OpenTelemetry shows it once more.</summary>
    public bool IsOutlived { get; } = isOutlived;

    /// <summary>Labels that tell it from others of its family.</summary>
    public KeyValuePair<string, string>[] Scope { get; private set; } = [];

    /// <summary>The text of the bucket's bound. Bounds of one metric never change.</summary>
    public byte[] Bound(int index, double bound)
    {
        if (index >= _bounds.Length)
            Array.Resize(ref _bounds, index + 1);
        return _bounds[index] ??= Prometheus.Bound.Text(bound);
    }

    /// <summary>By what OpenTelemetry says of a scope: its name, its version, its attributes.</summary>
    public void ShowScope() => Scope = ScopeLabels();

    public KeyValuePair<string, string>[] ScopeLabels() =>
    [
        new("otel_scope_name", Metric.MeterName),
        new("otel_scope_version", Metric.MeterVersion ?? ""),
        .. (Metric.MeterTags ?? []).Select(tag => new KeyValuePair<string, string>("otel_scope_" + FamilyName.Word(tag.Key).TrimStart('_'), tag.Value?.ToString() ?? "")),
    ];
}

using OpenTelemetry;
using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>Keeps what the SDK collected. It stays as it is until the next collection.</summary>
[ExportModes(ExportModes.Pull)]
internal sealed class PullExporter : BaseExporter<Metric>, IPullMetricExporter
{
    public Func<int, bool>? Collect { get; set; }

    public List<Metric> Metrics { get; } = [];

    public bool TryCollect()
    {
        Metrics.Clear();
        return Collect?.Invoke(Timeout.Infinite) ?? false;
    }

    public override ExportResult Export(in Batch<Metric> batch)
    {
        Metrics.Clear();
        foreach (var metric in batch)
            Metrics.Add(metric);
        return ExportResult.Success;
    }
}

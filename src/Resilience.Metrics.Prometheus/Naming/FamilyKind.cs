namespace Resilience.Metrics.Prometheus;

/// <summary>What Prometheus takes a family for. In the order in which they keep a name that two of them want: renaming a gauge breaks least.</summary>
internal enum FamilyKind
{
    /// <summary>Labels of the service, in one series that is always 1.</summary>
    Info,
    Histogram,
    Counter,
    Gauge,
}

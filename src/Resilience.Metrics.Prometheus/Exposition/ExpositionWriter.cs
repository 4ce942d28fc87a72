using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Writes what was collected in one of both formats: https://prometheus.io/docs/instrumenting/exposition_formats/ and https://prometheus.io/docs/specs/om/open_metrics_spec/. Not safe for use by several threads.
/// </summary>
internal sealed class ExpositionWriter(IReadOnlyList<KeyValuePair<string, object>> target, Action<string> hides)
{
    private readonly LabelWriter _labels = new();
    private readonly ExemplarPicker _exemplars = new();
    private readonly SeriesSet _series = new();
    private readonly HashSet<string> _told = new(StringComparer.Ordinal);

    public void Write(Utf8Buffer output, Families families, bool openMetrics)
    {
        using Utf8Buffer labels = new(), shown = new();
        foreach (var family in families.All)
        {
            _series.Clear(shown);
            var start = output.Length;
            output.Append(family.Head(openMetrics));
            var body = output.Length;
            if (family.Kind == FamilyKind.Info)
            {
                labels.Clear();
                _labels.Write(labels, target);
                Begin(output, family.Sample, labels);
                output.Append("1\n"u8);
            }

            foreach (var stream in family.Streams)
            {
                foreach (ref readonly var point in stream.Metric.GetMetricPoints())
                {
                    labels.Clear();
                    _labels.Write(labels, stream.Scope, point.Tags);
                    if (_series.Add(shown, labels.Span))
                        Write(output, family, stream, point, labels, openMetrics);
                    else if (!stream.IsOutlived && _told.Add(family.Name))
                        hides(family.Name);
                }
            }

            if (output.Length == body)
                output.Truncate(start); // Nothing measured yet.
        }

        if (openMetrics)
            output.Append("# EOF\n"u8);
    }

    private void Write(Utf8Buffer output, Family family, MetricStream stream, in MetricPoint point, Utf8Buffer labels, bool openMetrics)
    {
        if (openMetrics && family.Kind != FamilyKind.Gauge)
            _exemplars.Read(point);
        var type = stream.Metric.MetricType;
        if (family.Kind == FamilyKind.Histogram)
        {
            WriteHistogram(output, family, stream, point, labels, openMetrics);
            return;
        }

        Begin(output, family.Sample, labels);
        switch (type)
        {
            case MetricType.LongSum or MetricType.LongSumNonMonotonic:
                output.Append(point.GetSumLong());
                break;
            case MetricType.DoubleSum or MetricType.DoubleSumNonMonotonic:
                output.Append(point.GetSumDouble());
                break;
            case MetricType.LongGauge:
                output.Append(point.GetGaugeLastValueLong());
                break;
            default:
                output.Append(point.GetGaugeLastValueDouble());
                break;
        }

        if (openMetrics && family.Kind == FamilyKind.Counter)
            _exemplars.Write(output, double.NegativeInfinity, double.PositiveInfinity, isLong: type == MetricType.LongSum);
        output.Append((byte)'\n');
    }

    private void WriteHistogram(Utf8Buffer output, Family family, MetricStream stream, in MetricPoint point, Utf8Buffer labels, bool openMetrics)
    {
        var count = point.GetHistogramCount();
        var lower = double.NegativeInfinity;
        if (stream.Metric.MetricType == MetricType.Histogram)
        {
            long below = 0;
            var index = 0;
            foreach (var bucket in point.GetHistogramBuckets())
            {
                if (double.IsPositiveInfinity(bucket.ExplicitBound))
                    break;
                below += bucket.BucketCount;
                WriteBucket(output, family, labels, stream.Bound(index++, bucket.ExplicitBound), below);
                if (openMetrics)
                    _exemplars.Write(output, lower, bucket.ExplicitBound, isLong: false);
                output.Append((byte)'\n');
                lower = bucket.ExplicitBound;
            }
        }

        WriteBucket(output, family, labels, "+Inf"u8, count);
        if (openMetrics)
            _exemplars.Write(output, lower, double.PositiveInfinity, isLong: false);
        output.Append((byte)'\n');
        Begin(output, family.Sum, labels);
        output.Append(point.GetHistogramSum());
        output.Append((byte)'\n');
        Begin(output, family.Count, labels);
        output.Append(count);
        output.Append((byte)'\n');
    }

    private static void WriteBucket(Utf8Buffer output, Family family, Utf8Buffer labels, ReadOnlySpan<byte> bound, long count)
    {
        output.Append(family.Bucket);
        output.Append((byte)'{');
        output.Append(labels.Span);
        output.Append(labels.Length > 0 ? ",le=\""u8 : "le=\""u8);
        output.Append(bound);
        output.Append("\"} "u8);
        output.Append(count);
    }

    private static void Begin(Utf8Buffer output, byte[] name, Utf8Buffer labels)
    {
        output.Append(name);
        if (labels.Length > 0)
        {
            output.Append((byte)'{');
            output.Append(labels.Span);
            output.Append((byte)'}');
        }

        output.Append((byte)' ');
    }
}

using OpenTelemetry.Metrics;

namespace Resilience.Metrics.Prometheus;

/// <summary>The newest exemplar of each bucket of one series.</summary>
internal sealed class ExemplarPicker
{
    private readonly List<Exemplar> _exemplars = [];

    public void Read(in MetricPoint point)
    {
        _exemplars.Clear();
        if (!point.TryGetExemplars(out var exemplars))
            return;
        foreach (ref readonly var exemplar in exemplars)
        {
            if (exemplar.TraceId != default)
                _exemplars.Add(exemplar);
        }
    }

    /// <summary>Appends <c> # {trace_id="…",span_id="…"} value time</c> for one above the lower and up to the upper bound, if there is any. Their labels take 63 of the 128 characters allowed.</summary>
    public void Write(Utf8Buffer output, double lower, double upper, bool isLong)
    {
        var newest = -1;
        for (var at = 0; at < _exemplars.Count; at++)
        {
            var value = Value(_exemplars[at], isLong);
            if (value > lower && value <= upper && (newest < 0 || _exemplars[at].Timestamp > _exemplars[newest].Timestamp))
                newest = at;
        }

        if (newest < 0)
            return;
        var exemplar = _exemplars[newest];
        output.Append(" # {trace_id=\""u8);
        output.Append(exemplar.TraceId.ToHexString());
        output.Append("\",span_id=\""u8);
        output.Append(exemplar.SpanId.ToHexString());
        output.Append("\"} "u8);
        output.Append(Value(exemplar, isLong));
        output.Append((byte)' ');
        output.Append(exemplar.Timestamp.ToUnixTimeMilliseconds() / 1000.0);
    }

    private static double Value(Exemplar exemplar, bool isLong) => isLong ? exemplar.LongValue : exemplar.DoubleValue;
}

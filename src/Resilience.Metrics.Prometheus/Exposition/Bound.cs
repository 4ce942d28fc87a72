using System.Globalization;
using System.Text;

namespace Resilience.Metrics.Prometheus;

/// <summary>
/// A bucket's bound as the value of <c>le</c>, which is compared as text: OpenMetrics wants it to look like a float (<c>1.0</c>), and the text format gets the same, so that
/// series do not change their names with what a scraper accepts.
/// </summary>
internal static class Bound
{
    public static byte[] Text(double bound)
    {
        if (double.IsPositiveInfinity(bound))
            return "+Inf"u8.ToArray();
        if (double.IsNegativeInfinity(bound))
            return "-Inf"u8.ToArray();
        var text = bound.ToString("R", CultureInfo.InvariantCulture).Replace('E', 'e');
        return Encoding.UTF8.GetBytes(text.AsSpan().IndexOfAny('.', 'e') < 0 ? text + ".0" : text);
    }
}

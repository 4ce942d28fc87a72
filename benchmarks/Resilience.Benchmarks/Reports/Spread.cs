using System.Globalization;

namespace Resilience.Benchmarks;

/// <summary>What repeated measurements amount to.</summary>
internal readonly record struct Spread(double Median, double Lower, double Upper)
{
    public static Spread Of(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Order()];
        return new(sorted[sorted.Length / 2], sorted[sorted.Length / 4], sorted[sorted.Length * 3 / 4]);
    }

    public string Text(string format) => string.Create(
        CultureInfo.InvariantCulture, $"{Median.ToString(format, CultureInfo.InvariantCulture)} ({Lower.ToString(format, CultureInfo.InvariantCulture)}–{Upper.ToString(format, CultureInfo.InvariantCulture)})");
}

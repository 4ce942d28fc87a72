namespace Resilience.OutageLab.Report;

internal static class Statistics
{
    /// <summary>The smallest value that at least this share of them does not exceed (nearest rank); NaN of none.</summary>
    public static double Percentile(double[] sorted, double share) =>
        sorted.Length == 0 ? double.NaN : sorted[Math.Clamp((int)Math.Ceiling(share * sorted.Length) - 1, 0, sorted.Length - 1)];

    /// <summary>NaN counts as absent, infinity as larger than all.</summary>
    public static (double Median, double Min, double Max) Spread(IEnumerable<double> values)
    {
        double[] sorted = [.. values.Where(value => !double.IsNaN(value)).Order()];
        if (sorted.Length == 0)
            return (double.NaN, double.NaN, double.NaN);
        var (low, high) = (sorted[(sorted.Length - 1) / 2], sorted[sorted.Length / 2]);
        return (double.IsInfinity(high) ? high : (low + high) / 2, sorted[0], sorted[^1]);
    }

    /// <summary>The most in any so many neighbouring bins that begin between these two.</summary>
    public static int PeakSum(int[] bins, int width, int from, int to)
    {
        var peak = 0;
        for (var first = Math.Max(0, from); first < Math.Min(to, bins.Length); first++)
            peak = Math.Max(peak, bins.AsSpan(first, Math.Min(width, bins.Length - first)).ToArray().Sum());
        return peak;
    }
}

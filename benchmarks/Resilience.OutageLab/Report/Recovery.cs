namespace Resilience.OutageLab.Report;

/// <summary>When, after an outage, calls succeed again and go on doing so.</summary>
internal static class Recovery
{
    private const double Well = 0.99, Shortest = 0.1;
    private const int CallsPerBin = 100; // So that one failure of many is 1 %, and no recovery is put off by it.

    /// <summary>Seconds from the end of the outage to the end of the last bin of calls, by time of issue, of which less than 99 % succeeded in time; infinite if that is the last.</summary>
    public static double Seconds(Calls calls, double end, double rate, double within)
    {
        var step = Math.Max(Shortest, CallsPerBin / rate);
        var bins = calls.ByBins(end, step, within);
        if (bins.Count > 1 && bins[^1].All < CallsPerBin / 2)
            bins.RemoveAt(bins.Count - 1); // The load ended in its midst.
        var last = bins.FindLastIndex(bin => bin.Good < Well * bin.All);
        return last < 0 ? 0 : last == bins.Count - 1 ? double.PositiveInfinity : (last + 1) * step;
    }
}

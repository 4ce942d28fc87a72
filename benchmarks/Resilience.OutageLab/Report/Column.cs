namespace Resilience.OutageLab.Report;

/// <summary>The table's columns, in order: what each is called, where it comes from, and how it reads.</summary>
internal sealed record Column(string Title, Func<Figures, double> Value, Func<double, string> Words)
{
    public static readonly IReadOnlyList<Column> All =
    [
        new("ok %", figures => figures.Succeeded, OutageLab.Report.Words.Percent),
        new("before", figures => figures.SucceededBefore, OutageLab.Report.Words.Percent),
        new("during", figures => figures.SucceededDuring, OutageLab.Report.Words.Percent),
        new("after", figures => figures.SucceededAfter, OutageLab.Report.Words.Percent),
        new("≤ 1 s %", figures => figures.InTime, OutageLab.Report.Words.Percent),
        new("ceiling", figures => figures.Ceiling, OutageLab.Report.Words.Percent),
        new("p50", figures => figures.P50, OutageLab.Report.Words.Time),
        new("p99", figures => figures.P99, OutageLab.Report.Words.Time),
        new("max", figures => figures.Max, OutageLab.Report.Words.Time),
        new("attempts per call", figures => figures.AttemptsPerCall, OutageLab.Report.Words.Ratio),
        new("meanwhile", figures => figures.AttemptsPerCallDuring, OutageLab.Report.Words.Ratio),
        new("first ok after", figures => figures.FirstSuccess, OutageLab.Report.Words.Time),
        new("99 % ok after", figures => figures.BackTo99, OutageLab.Report.Words.Time),
        new("99 % ≤ 1 s after", figures => figures.BackTo99InTime, OutageLab.Report.Words.Time),
        new("good/s meanwhile", figures => figures.GoodputDuring, OutageLab.Report.Words.Count),
        new("peak in flight", figures => figures.PeakInFlight, OutageLab.Report.Words.Count),
        new("peak per 100 ms after", figures => figures.PeakArrivals, OutageLab.Report.Words.Count),
        new("wasted", figures => figures.Wasted, OutageLab.Report.Words.Count),
        new("MB", figures => figures.MemoryMegabytes, OutageLab.Report.Words.Count),
        new("CPU s", figures => figures.CpuSeconds, OutageLab.Report.Words.Ratio),
    ];
}

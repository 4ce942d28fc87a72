namespace Resilience.OutageLab.Report;

/// <summary>The table's columns, in order: what each is called, where it comes from, and how it reads.</summary>
internal sealed record Column(string Title, Func<Figures, double> Value, Func<double, string> Read)
{
    public static readonly IReadOnlyList<Column> All =
    [
        new("ok %", figures => figures.Succeeded, Words.Percent),
        new("before", figures => figures.SucceededBefore, Words.Percent),
        new("during", figures => figures.SucceededDuring, Words.Percent),
        new("after", figures => figures.SucceededAfter, Words.Percent),
        new("≤ 1 s %", figures => figures.InTime, Words.Percent),
        new("ceiling", figures => figures.Ceiling, Words.Percent),
        new("p50", figures => figures.P50, Words.Time),
        new("p99", figures => figures.P99, Words.Time),
        new("max", figures => figures.Max, Words.Time),
        new("attempts per call", figures => figures.AttemptsPerCall, Words.Ratio),
        new("meanwhile", figures => figures.AttemptsPerCallDuring, Words.Ratio),
        new("first ok after", figures => figures.FirstSuccess, Words.Time),
        new("99 % ok after", figures => figures.BackTo99, Words.Time),
        new("99 % ≤ 1 s after", figures => figures.BackTo99InTime, Words.Time),
        new("good/s meanwhile", figures => figures.GoodputDuring, Words.Count),
        new("peak in flight", figures => figures.PeakInFlight, Words.Count),
        new("peak per 100 ms after", figures => figures.PeakArrivals, Words.Count),
        new("wasted", figures => figures.Wasted, Words.Count),
        new("MB", figures => figures.MemoryMegabytes, Words.Count),
        new("CPU s", figures => figures.CpuSeconds, Words.Ratio),
        new("machine late by", figures => figures.Disturbance, Words.Time),
    ];
}

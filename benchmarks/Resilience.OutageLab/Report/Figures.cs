using Resilience.OutageLab.Conduct;

namespace Resilience.OutageLab.Report;

/// <summary>What a run comes to. Shares are 0 to 1, times seconds; NaN where a figure means nothing, infinite where it never came.</summary>
internal sealed record Figures
{
    public const double Patience = 1; // What a caller who waits for a page bears, in seconds.

    public int Calls { get; init; }

    public double Succeeded { get; init; }

    public double SucceededBefore { get; init; }

    public double SucceededDuring { get; init; }

    public double SucceededAfter { get; init; }

    public double InTime { get; init; }

    /// <summary>The share that any client at all could have had answered in time.</summary>
    public double Ceiling { get; init; }

    public double P50 { get; init; }

    public double P99 { get; init; }

    public double Max { get; init; }

    public double AttemptsPerCall { get; init; }

    /// <summary>Sends while the outage lasted, by calls issued while it lasted.</summary>
    public double AttemptsPerCallDuring { get; init; }

    public double FirstSuccess { get; init; }

    public double BackTo99 { get; init; }

    public double BackTo99InTime { get; init; }

    /// <summary>Calls issued during the outage that were answered in time, per second of it.</summary>
    public double GoodputDuring { get; init; }

    public int PeakInFlight { get; init; }

    /// <summary>At the backend, in any 100 ms of the five seconds after its return.</summary>
    public double PeakArrivals { get; init; }

    public int Wasted { get; init; }

    public double MemoryMegabytes { get; init; }

    public double CpuSeconds { get; init; }

    /// <summary>By how much the machine delayed the latest call: where this is more than a few milliseconds, the latencies are the machine's.</summary>
    public double Disturbance { get; init; }

    public int Probes { get; init; }

    public int Shed { get; init; }

    public static Figures Of(RunRecord run)
    {
        var calls = new Calls(run.Log);
        var (outages, scenario) = (run.Outages, run.Scenario);
        var (begin, end) = outages.Count > 0 ? (outages[0].From, outages[^1].To) : (double.NaN, double.NaN);
        var hasAfter = scenario.HasAfter && outages.Count > 0;
        bool IsDuring(double at) => outages.Any(outage => at >= outage.From && at < outage.To);
        var latencies = calls.Latencies();
        var down = outages.Sum(outage => outage.To - outage.From);
        var during = calls.CountIssued(IsDuring);
        return new()
        {
            Calls = calls.Count,
            Succeeded = calls.Share(_ => true),
            SucceededBefore = begin > 0.5 ? calls.Share(at => at < begin) : double.NaN, // Nothing to speak of came before.
            SucceededDuring = calls.Share(IsDuring),
            SucceededAfter = hasAfter ? calls.Share(at => at >= end) : double.NaN,
            InTime = calls.Share(_ => true, Patience),
            Ceiling = 1 - Lost(calls, outages, scenario.ServedInOutage / scenario.Rate) / calls.Count,
            P50 = Statistics.Percentile(latencies, 0.5),
            P99 = Statistics.Percentile(latencies, 0.99),
            Max = Statistics.Percentile(latencies, 1),
            AttemptsPerCall = (double)run.Log.Sends.Sum() / calls.Count,
            AttemptsPerCallDuring = during == 0 ? double.NaN : run.Log.Sends.Where((_, bin) => IsDuring((bin + 0.5) / Bins.PerSecond)).Sum() / (double)during,
            FirstSuccess = hasAfter ? calls.FirstSuccess(end) - end : double.NaN,
            BackTo99 = hasAfter ? Recovery.Seconds(calls, end, scenario.Rate, double.PositiveInfinity) : double.NaN,
            BackTo99InTime = hasAfter ? Recovery.Seconds(calls, end, scenario.Rate, Patience) : double.NaN,
            GoodputDuring = during == 0 ? double.NaN : calls.Share(IsDuring, Patience) * during / down,
            PeakInFlight = calls.InFlight(0.01).DefaultIfEmpty().Max(),
            PeakArrivals = hasAfter ? Statistics.PeakSum(run.Arrivals, Bins.PerSecond / 10, (int)(end * Bins.PerSecond), (int)((end + 5) * Bins.PerSecond)) : double.NaN,
            Wasted = run.Wasted,
            MemoryMegabytes = run.Log.PeakMemory / 1e6,
            CpuSeconds = run.Log.CpuSeconds,
            Disturbance = LabTime.Seconds(run.Log.LatestIssue),
            Probes = run.Log.Probes,
            Shed = run.Shed,
        };
    }

    /// <summary>Calls for which no answer can come in time: those issued more than the caller's patience before the end, beyond what is served meanwhile.</summary>
    private static double Lost(Calls calls, IReadOnlyList<(double From, double To)> outages, double servedShare) =>
        outages.Sum(outage => calls.CountIssued(at => at >= outage.From && at < outage.To - Patience)) * Math.Max(0, 1 - servedShare);
}

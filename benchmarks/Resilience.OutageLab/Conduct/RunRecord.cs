using Resilience.OutageLab.Caller;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Conduct;

/// <summary>All that was seen in one run; times in seconds since the start of the load.</summary>
internal sealed record RunRecord(Scenario Scenario, string Client, CallLog Log)
{
    /// <summary>As they were, not as they were planned: a process takes a moment to come back.</summary>
    public required IReadOnlyList<(double From, double To)> Outages { get; init; }

    /// <summary>At the backend, all instances together, per 10 ms.</summary>
    public required int[] Arrivals { get; init; }

    public int Served { get; init; }

    /// <summary>Requests worked on whose caller had left.</summary>
    public int Wasted { get; init; }

    public int Shed { get; init; }
}

namespace Resilience.OutageLab.Caller;

/// <summary>What one caller process does.</summary>
internal sealed record CallerPlan
{
    public required string Client { get; init; }

    public string? Plugin { get; init; }

    public required Uri Address { get; init; }

    /// <summary>Calls per second, all clients of this process together.</summary>
    public required double Rate { get; init; }

    public required double Seconds { get; init; }

    /// <summary>How many independent clients, each with services of its own, stand for as many small processes.</summary>
    public int Fleet { get; init; } = 1;

    public int Seed { get; init; } = 1;

    /// <summary>In place of each client's own; 0 for none.</summary>
    public double AttemptTimeoutSeconds { get; init; }

    public double CallTimeoutSeconds { get; init; }

    /// <summary>Above 0, the address is a name: connections are made to the port the conductor said last, at first this one.</summary>
    public int NamedPort { get; init; }

    /// <summary>How many seconds calls still out are waited for after the last was issued; then they count as failed.</summary>
    public const double Patience = 12;

    public required string Output { get; init; }
}

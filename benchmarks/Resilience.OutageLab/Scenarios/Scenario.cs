using Resilience.OutageLab.Backend;

namespace Resilience.OutageLab.Scenarios;

internal enum Act
{
    /// <summary>The backend behaves otherwise.</summary>
    Behave,

    /// <summary>SIGKILL.</summary>
    Kill,

    /// <summary>A new process on the same port.</summary>
    Return,

    /// <summary>SIGSTOP, SIGCONT.</summary>
    Freeze,
    Thaw,

    /// <summary>The name leads to the next instance.</summary>
    Rename,
}

internal enum Edge
{
    None,
    Begins,
    Ends,
}

/// <summary>One thing that happens to the backend.</summary>
/// <param name="At">Seconds since the start of the load.</param>
/// <param name="Act">What.</param>
/// <param name="Edge">Whether an outage begins or ends with it.</param>
/// <param name="Behaviour">Of <see cref="Act.Behave"/>, and of the process that <see cref="Act.Return"/> brings; null for the calm one.</param>
/// <param name="Instance">Whom it befalls.</param>
internal sealed record Step(double At, Act Act, Edge Edge = Edge.None, Behaviour? Behaviour = null, int Instance = 0);

/// <summary>What happens to callers and backend in one run.</summary>
internal sealed record Scenario
{
    public const double LightRate = 200;

    public required string Name { get; init; }

    /// <summary>In a line, for table and picture.</summary>
    public required string What { get; init; }

    /// <summary>The outage, in a word or two, for the picture.</summary>
    public string Label { get; init; } = "";

    public required double Rate { get; init; }

    public required double Seconds { get; init; }

    public Behaviour Calm { get; init; } = new();

    public IReadOnlyList<Step> Steps { get; init; } = [];

    /// <summary>What the backend can serve per second during the outage: 0 for nothing, infinite where a retry can help every call.</summary>
    public double ServedInOutage { get; init; } = double.PositiveInfinity;

    public int Fleet { get; init; } = 1;

    public int Instances { get; init; } = 1;

    /// <summary>Whether the callers see the instances behind one address, in turns.</summary>
    public bool IsForwarded { get; init; }

    public bool IsNamed { get; init; }

    public double AttemptTimeoutSeconds { get; init; }

    public double CallTimeoutSeconds { get; init; }

    /// <summary>Clients that belong into this scenario only.</summary>
    public IReadOnlyList<string> MoreClients { get; init; } = [];

    /// <summary>Little enough load for all clients to run side by side, each with a backend of its own.</summary>
    public bool IsLight => Rate <= LightRate;

    /// <summary>Whether the state after the outage means anything.</summary>
    public bool HasAfter => Steps.Any(step => step.Edge == Edge.Ends);
}

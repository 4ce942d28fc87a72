namespace Resilience.OutageLab.Scenarios;

/// <summary>The numbers of a set of scenarios: one that may be tuned with, one that is held aside to check that nothing is fitted to the first.</summary>
internal sealed record Numbers
{
    public double Rate { get; init; } = 1000;

    /// <summary>Seconds of calm.</summary>
    public double Before { get; init; } = 3;

    /// <summary>How long an outage is looked back on, in seconds; after an overload somewhat longer.</summary>
    public double After { get; init; } = 4;

    public double Killed { get; init; } = 3;

    public double Failing { get; init; } = 5;

    public double Hung { get; init; } = 5;

    public double Service { get; init; } = 10;

    /// <summary>Of what is offered, what can be served in calm times.</summary>
    public double Headroom { get; init; } = 3;

    public double ColdFactor { get; init; } = 10;

    public double ColdSeconds { get; init; } = 3;

    public double ColdHeadroom { get; init; } = 1.2;

    public double OverloadFactor { get; init; } = 2;

    public double OverloadSeconds { get; init; } = 10;

    public int QueueLimit { get; init; } = 100;

    /// <summary>In percent.</summary>
    public int[] RandomFailures { get; init; } = [12, 30, 20, 50, 100];

    public double RandomSeconds { get; init; } = 20;

    public double CollapseShare { get; init; } = 0.15;

    public double CollapseSeconds { get; init; } = 10;

    public int[] Fleets { get; init; } = [20, 200];

    public double CutShare { get; init; } = 0.3;

    public double Flap { get; init; } = 1;

    public double Flip { get; init; } = 500;

    public double RampTo { get; init; } = 500;

    public double RampSeconds { get; init; } = 6;

    public int RetryAfter { get; init; } = 1;

    public static Numbers Tuned { get; } = new();

    public static Numbers Aside { get; } = new()
    {
        Rate = 400,
        Killed = 1.7,
        Failing = 2.3,
        Hung = 3.4,
        Service = 20,
        Headroom = 2.5,
        ColdFactor = 6,
        ColdSeconds = 2,
        ColdHeadroom = 1.35,
        OverloadFactor = 1.5,
        OverloadSeconds = 6,
        QueueLimit = 40,
        RandomFailures = [8, 40, 25, 65, 95],
        RandomSeconds = 16,
        CollapseShare = 0.25,
        CollapseSeconds = 14,
        Fleets = [35, 120],
        CutShare = 0.18,
        Flap = 0.7,
        Flip = 800,
        RampTo = 300,
        RampSeconds = 4,
        RetryAfter = 2,
    };
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;

namespace Resilience.Hosting.Tests;

/// <summary>A plan, and facts that a test changes one by one.</summary>
internal sealed class PlanBench(TimeSpan? watchdog = null, SystemdNotifyOptions? options = null)
{
    public static readonly DateTimeOffset Start = new(2024, 10, 25, 10, 0, 0, TimeSpan.Zero);

    private TimeSpan _now;

    public NotifyPlan Plan { get; } = new(options ?? new(), watchdog);

    public HealthSnapshot Snapshot { get; set; } = Of(HealthPhase.Running);

    public GateView? Gate { get; set; }

    public bool IsHostStarted { get; set; } = true;

    public bool IsStopping { get; set; }

    /// <summary>Whether the pool runs what is queued.</summary>
    public bool PoolRuns { get; set; } = true;

    public TimeSpan? ProvenAt { get; set; }

    public static CheckSnapshot Check(string name, HealthStatus status = HealthStatus.Healthy, string? error = null, double forSeconds = 0, params string[] tags) => new()
    {
        Name = name,
        Tags = tags.ToHashSet(),
        IsCritical = true,
        IsKnown = true,
        Status = status,
        RawStatus = status,
        Error = error,
        CheckedAt = Start,
        Since = Start - TimeSpan.FromSeconds(forSeconds),
    };

    public static HealthSnapshot Of(HealthPhase phase, params CheckSnapshot[] checks) => new(phase, Start, isMoving: true, checks);

    public static HealthSnapshot Dead() => Of(HealthPhase.Running, Check("importer", HealthStatus.Unhealthy, CheckErrors.Stalled, 5, CheckTags.Live));

    public static GatedCheck Gated(string name, GatedState state, string? error = null, double sinceSeconds = 0) =>
        new(name, 0) { State = state, Error = error, Since = TimeSpan.FromSeconds(sinceSeconds) };

    public static GateView View(GateVerdict verdict, params GatedCheck[] checks) => new(verdict, TimeSpan.FromSeconds(60), checks);

    public NotifyFacts Facts() => new()
    {
        Elapsed = _now,
        Now = Start + _now,
        Snapshot = Snapshot,
        Gate = Gate,
        GateElapsed = _now,
        IsHostStarted = IsHostStarted,
        IsStopping = IsStopping,
        ProvenAt = ProvenAt,
    };

    /// <summary>What is sent at once, an assignment each.</summary>
    public string[] Look(bool taken = true)
    {
        var message = Plan.Next(Facts());
        if (message is not null && taken)
            Plan.Sent();
        else if (message is not null)
            Plan.Failed();
        return message?.Split('\n') ?? [];
    }

    /// <summary>Time passes, with looks as the plan wants them, and the pool's proofs in between. Each assignment with its second.</summary>
    public List<(double Second, string Line)> Run(double seconds)
    {
        var sent = new List<(double, string)>();
        for (var end = _now + TimeSpan.FromSeconds(seconds); _now < end; _now += Plan.Rest)
        {
            sent.AddRange(Look().Select(line => (_now.TotalSeconds, line)));
            if (!PoolRuns || !Plan.WantsProof(_now))
                continue;
            ProvenAt = _now;
            sent.AddRange(Look().Select(line => (_now.TotalSeconds, line)));
        }

        return sent;
    }

    /// <summary>Time passes, and nobody looks.</summary>
    public void Sleep(double seconds) => _now += TimeSpan.FromSeconds(seconds);
}

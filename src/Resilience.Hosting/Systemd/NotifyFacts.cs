namespace Resilience.Hosting;

/// <summary>All that decides what systemd is told.</summary>
internal sealed record NotifyFacts
{
    /// <summary>Counted from the start of the notifications.</summary>
    public required TimeSpan Elapsed { get; init; }

    public required DateTimeOffset Now { get; init; }

    public required HealthSnapshot Snapshot { get; init; }

    /// <summary>Null without a startup gate.</summary>
    public GateView? Gate { get; init; }

    public TimeSpan GateElapsed { get; init; }

    public bool IsHostStarted { get; init; }

    public bool IsStopping { get; init; }

    /// <summary>When the newest work item was queued that the thread pool has run, to show that it does.</summary>
    public TimeSpan? ProvenAt { get; init; }

    /// <summary>The host has started, and so has the service, its gate included.</summary>
    public bool HasStarted => IsHostStarted && Snapshot.HasStarted;
}

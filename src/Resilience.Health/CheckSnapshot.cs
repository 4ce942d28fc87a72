namespace Resilience.Health;

/// <summary>A change of a check's state.</summary>
/// <param name="At">When.</param>
/// <param name="Status">The state since then.</param>
/// <param name="Error">The code of the failure, if it is one.</param>
public sealed record CheckChange(DateTimeOffset At, HealthStatus Status, string? Error);

/// <summary>What a check said last, kept. Immutable: safe for use by many threads.</summary>
public sealed record CheckSnapshot
{
    /// <summary>The check's name.</summary>
    public required string Name { get; init; }

    /// <summary>The check's tags.</summary>
    public required IReadOnlySet<string> Tags { get; init; }

    /// <summary>Whether the service can do without what it asks: see <see cref="CheckOptions.Critical"/>.</summary>
    public required bool IsCritical { get; init; }

    /// <summary>Its state after hysteresis: what endpoints and reports go by. Unhealthy while not <see cref="IsKnown"/>; degraded then, if optional.</summary>
    public HealthStatus Status { get; init; }

    /// <summary>What the newest run said.</summary>
    public HealthStatus RawStatus { get; init; }

    /// <summary>False before the first run and when the last result is too old to be believed.</summary>
    public bool IsKnown { get; init; }

    /// <summary>Why it is not well: one of <see cref="CheckErrors"/>, or the check's own; of the newest run, if that failed. Null while well.</summary>
    public string? Error { get; init; }

    /// <summary>One word: <c>ok</c> (or the check's own for it), <c>degraded</c>, <c>error</c>, <c>unknown</c>.</summary>
    public string Word { get; init; } = HealthSnapshot.Unknown;

    /// <summary>What the newest run said in words. May name hosts and users: for logs, not for strangers.</summary>
    public string? Description { get; init; }

    /// <summary>What the newest run threw.</summary>
    public Exception? Exception { get; init; }

    /// <summary>What the newest run measured. Plain values only: strings, numbers, booleans, times, and lists and maps of them.</summary>
    public IReadOnlyDictionary<string, object?> Data { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, object?>.Empty;

    /// <summary>How long the newest run took.</summary>
    public TimeSpan Latency { get; init; }

    /// <summary>When the newest run ended; null before the first.</summary>
    public DateTimeOffset? CheckedAt { get; init; }

    /// <summary>Since when <see cref="Status"/> is what it is.</summary>
    public DateTimeOffset Since { get; init; }

    /// <summary>How often it has run, runs given up included, and those that could not begin because an earlier one had not ended.</summary>
    public long Runs { get; init; }

    /// <summary>Failures in a row, up to now.</summary>
    public int Failures { get; init; }

    /// <summary>The last changes of <see cref="Status"/>, oldest first; at most 50.</summary>
    public IReadOnlyList<CheckChange> History { get; init; } = [];

    // As the check gave it, for publishers, which know what to do with its values.
    internal IReadOnlyDictionary<string, object> RawData { get; init; } = System.Collections.Immutable.ImmutableDictionary<string, object>.Empty;

    // The clock's timestamp of the newest run's end.
    internal long CheckedTimestamp { get; init; }

    internal bool HasWorked { get; init; } // It has said something else than that it failed.

    internal bool IsLive => Tags.Contains(CheckTags.Live);
}

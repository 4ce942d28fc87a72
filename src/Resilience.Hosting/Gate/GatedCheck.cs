namespace Resilience.Hosting;

internal enum GatedState
{
    /// <summary>Its stage has not begun.</summary>
    Later,

    Missing,

    There,

    /// <summary>Optional, and waited for long enough.</summary>
    GivenUp,
}

/// <summary>One check that the gate waits for, as of its newest run. Times are counted from the gate's start.</summary>
internal sealed record GatedCheck(string Name, int Stage)
{
    public GatedState State { get; init; }

    public bool IsRequired { get; init; } = true;

    /// <summary>Since when it is what it is: missing or there.</summary>
    public TimeSpan Since { get; init; }

    /// <summary>For how long it has been waited for before that.</summary>
    public TimeSpan Waited { get; init; }

    /// <summary>When it is waited for no longer.</summary>
    public TimeSpan Deadline { get; init; }

    /// <summary>The code of its last failure.</summary>
    public string? Error { get; init; }

    /// <summary>What that said in words: for logs, not for strangers.</summary>
    public string? Description { get; init; }

    public long Runs { get; init; }

    /// <summary>For how long it has been waited for in all.</summary>
    public TimeSpan WaitedUntil(TimeSpan now) => State == GatedState.Missing ? Waited + (now - Since) : Waited;

    public bool IsMissing => State is GatedState.Missing or GatedState.Later;
}

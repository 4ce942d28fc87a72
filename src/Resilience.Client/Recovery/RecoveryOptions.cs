namespace Resilience.Client;

/// <summary>Section <c>Recovery</c> of a backend: what calls do while it is down, and how its return is noticed.</summary>
public sealed class RecoveryOptions
{
    /// <summary>What a call does that finds the backend down. Default <see cref="Resilience.Client.WhenDown.Wait"/>.</summary>
    public WhenDown WhenDown { get; set; } = WhenDown.Wait;

    /// <summary>
    /// How many calls may wait at a time, for the backend or for a place (<see cref="ConcurrencyOptions"/>); more fail at once with <see cref="BackendFailureReason.TooManyWaiting"/>, so that memory
    /// stays bounded. Default 10,000; 1 to 1,000,000.
    /// </summary>
    public int MaxWaiting { get; set; } = 10_000;

    /// <summary>
    /// The path, below <see cref="BackendOptions.Address"/>, that recovery probes get: 2xx means ready, 404 means that there is no such path
    /// (any answer then counts as a sign of life), 5xx and 429 mean not yet. Default <c>/health/ready</c>. Empty: no probe, one real
    /// call at a time finds out.
    /// </summary>
    public string ProbePath { get; set; } = "/health/ready";
}

/// <summary>What a call does that finds its backend down.</summary>
public enum WhenDown
{
    /// <summary>Waits, sending nothing, until the backend is back or the call's deadline is reached.</summary>
    Wait,

    /// <summary>Fails at once. At one that is up but at its concurrency limit it waits for a place, and fails if the backend goes down meanwhile. Where the start waits for the backend, it waits for the first probe's answer (1 s at most): nobody knows before.</summary>
    FailFast,
}

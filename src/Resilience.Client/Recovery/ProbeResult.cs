namespace Resilience.Client;

/// <summary>What a probe heard, and from what: success too where the answer only tells of life.</summary>
internal readonly record struct ProbeResult(ProbeAnswer Answer, Outcome Outcome);

/// <summary>What a recovery probe heard.</summary>
internal enum ProbeAnswer
{
    /// <summary>No connection, or a broken one.</summary>
    Away,

    /// <summary>Nothing, within its time.</summary>
    Silent,

    /// <summary>That the backend is not ready.</summary>
    NotYet,

    /// <summary>Something that tells of life, not of readiness.</summary>
    Alive,

    /// <summary>That it is ready.</summary>
    Ready,
}

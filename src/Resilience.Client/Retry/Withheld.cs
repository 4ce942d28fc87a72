namespace Resilience.Client;

/// <summary>Why a transient failure is not followed by another attempt.</summary>
internal enum Withheld
{
    Budget,

    /// <summary>What there is to wait does not fit before it.</summary>
    Deadline,

    /// <summary>It may have arrived, and may not arrive twice.</summary>
    NotSafe,

    /// <summary>Its body cannot be produced again.</summary>
    Body,
    MaxRetries,

    /// <summary>The backend is down, and calls do not wait for it.</summary>
    Down,
}

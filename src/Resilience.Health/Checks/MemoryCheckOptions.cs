namespace Resilience.Health;

/// <summary>
/// What <c>AddMemoryCheck</c> wants of the memory that this process may use: its container's or cgroup's, else the machine's. Read when the check is
/// added; a value out of its bounds throws there.
/// </summary>
public sealed class MemoryCheckOptions
{
    /// <summary>
    /// The share in use above which the check is degraded. Default 0.8, where operators want to be told; above 0, to <see cref="MaxRatio"/>.
    /// </summary>
    public double DegradedRatio { get; set; } = 0.8;

    /// <summary>The share in use above which the check fails: the kernel is about to end the process. Default 0.95; above 0, to 1.</summary>
    public double MaxRatio { get; set; } = 0.95;
}

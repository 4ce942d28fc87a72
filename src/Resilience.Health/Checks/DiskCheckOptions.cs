namespace Resilience.Health;

/// <summary>What <c>AddDiskCheck</c> wants of a disk. Read when the check is added; a value out of its bounds throws there.</summary>
public sealed class DiskCheckOptions
{
    /// <summary>
    /// A folder or file on the disk; a relative one is taken from the host's content root. It has to exist when the check runs, else the check fails.
    /// Default: the content root, or the program's folder in a host without one.
    /// </summary>
    public string? Path { get; set; }

    /// <summary>
    /// Bytes. With fewer free the check fails with the code <see cref="CheckErrors.DiskFull"/>, at once. Default 10 MiB, as in Spring Boot and Steeltoe; 0 or more, 0 switches it off.
    /// </summary>
    public long MinFreeBytes { get; set; } = 10 * 1024 * 1024;

    /// <summary>
    /// The share of the disk in use, as <c>df</c> counts it, above which the check is degraded with the code <see cref="CheckErrors.DiskLow"/>. Default 0.9, where operators want to be told; above 0, to 1, which
    /// switches it off.
    /// </summary>
    public double MaxUsedRatio { get; set; } = 0.9;
}

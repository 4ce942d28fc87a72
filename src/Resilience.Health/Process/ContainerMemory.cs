namespace Resilience.Health;

/// <summary>The memory that this process shares with its container or cgroup, and the limit at which the kernel ends it.</summary>
internal static class ContainerMemory
{
    /// <summary>Bytes in use and the most there may be. Never throws.</summary>
    public static (long Used, long Limit) Read() => (Environment.WorkingSet, GC.GetGCMemoryInfo().TotalAvailableMemoryBytes);
}

namespace Resilience.Health;

/// <summary>What this process uses.</summary>
/// <param name="Uptime">Since it was started.</param>
/// <param name="MemoryUsed">Bytes of memory it occupies: of its container, where that has a limit, without file cache that can be dropped.</param>
/// <param name="MemoryLimit">Bytes it may use: its container's or cgroup's limit, else the machine's memory.</param>
/// <param name="Cpu">Share of all processors it used over the last 10 s: 0 to 1.</param>
public sealed record ProcessUsage(TimeSpan Uptime, long MemoryUsed, long MemoryLimit, double Cpu);

namespace Resilience.Health;

/// <summary>What this package measures is called so for ever: dashboards and alerts go by it. <c>docs/telemetry.md</c> lists it.</summary>
internal static class TelemetryNames
{
    public const string Meter = "Resilience.Health";

    public static class Instruments
    {
        public const string CheckStatus = "resilience.health.check.status";
        public const string CheckDuration = "resilience.health.check.duration";
        public const string CheckAge = "resilience.health.check.age";
        public const string CheckFailures = "resilience.health.check.failures";
        public const string CheckTransitions = "resilience.health.check.transitions";
        public const string Live = "resilience.health.live";
        public const string Ready = "resilience.health.ready";
        public const string Phase = "resilience.health.phase";
        public const string StartDuration = "resilience.health.start.duration";
        public const string DrainDuration = "resilience.health.drain.duration";
        public const string ProcessUptime = "resilience.health.process.uptime";
        public const string ProcessMemoryUsed = "resilience.health.process.memory.used";
        public const string ProcessMemoryLimit = "resilience.health.process.memory.limit";
        public const string ProcessCpu = "resilience.health.process.cpu";
        public const string DiskFree = "resilience.health.disk.free";
        public const string DiskUsed = "resilience.health.disk.used";
    }

    public static class Tags
    {
        public const string Check = "check";
        public const string Critical = "critical";
        public const string Status = "status";
        public const string From = "from";
        public const string To = "to";
        public const string Error = "error";
        public const string Phase = "phase";
    }
}

namespace Resilience.Hosting;

/// <summary>What this package measures is called so for ever: dashboards and alerts go by it. <c>docs/telemetry.md</c> lists it.</summary>
internal static class TelemetryNames
{
    public const string Meter = "Resilience.Hosting";

    public static class Instruments
    {
        public const string GateOpen = "resilience.hosting.gate.open";
        public const string GateMissing = "resilience.hosting.gate.missing";
        public const string GateWait = "resilience.hosting.gate.wait";
        public const string WatchdogPings = "resilience.hosting.watchdog.pings";
        public const string WatchdogAge = "resilience.hosting.watchdog.age";
        public const string WatchdogPeriod = "resilience.hosting.watchdog.period";
        public const string Restarts = "resilience.hosting.restarts";
    }

    public static class Tags
    {
        public const string Check = "check";
    }
}

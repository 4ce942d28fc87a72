namespace Resilience.Client;

/// <summary>Names of what is measured and traced, as <c>docs/telemetry.md</c> lists them.</summary>
internal static class TelemetryNames
{
    public const string Meter = "Resilience.Client";
    public const string Source = "Resilience.Client";

    /// <summary>Of meter and source.</summary>
    public static string? Version { get; } = typeof(TelemetryNames).Assembly.GetName().Version?.ToString(3);

    public static class Instruments
    {
        public const string CallDuration = "resilience.client.call.duration";
        public const string Attempts = "resilience.client.attempts";
        public const string Retries = "resilience.client.retries";
        public const string Withheld = "resilience.client.retries.withheld";
        public const string Amplification = "resilience.client.amplification";
        public const string CallWait = "resilience.client.call.wait";
        public const string CallsWaiting = "resilience.client.calls.waiting";
        public const string InFlight = "resilience.client.attempts.in_flight";
        public const string ConcurrencyLimit = "resilience.client.concurrency.limit";
        public const string BackendUp = "resilience.client.backend.up";
        public const string BackendIsolated = "resilience.client.backend.isolated";
        public const string BackendSince = "resilience.client.backend.since.timestamp";
        public const string CircuitState = "resilience.client.circuit.state";
        public const string Transitions = "resilience.client.transitions";
        public const string BudgetLeft = "resilience.client.budget.left";
        public const string Probes = "resilience.client.probes";
    }

    public static class Tags
    {
        public const string Backend = "backend";
        public const string Outcome = "outcome";
        public const string Reason = "reason";
        public const string Result = "result";
        public const string For = "for";
        public const string State = "state";

        // In traces only. Those with dots are OpenTelemetry's semantic conventions.
        public const string Attempts = "attempts";
        public const string Attempt = "attempt";
        public const string Seconds = "seconds";
        public const string Method = "http.request.method";
        public const string Status = "http.response.status_code";
        public const string Error = "error.type";
        public const string ResendCount = "http.request.resend_count";
    }

    public static class Activities
    {
        public const string Call = "Resilience.Client.Call";
        public const string Probe = "Resilience.Client.Probe";
    }

    public static class Events
    {
        public const string Retry = "retry";
        public const string Withheld = "retry.withheld";
        public const string Wait = "wait";
        public const string WaitEnd = "wait.end";
    }
}

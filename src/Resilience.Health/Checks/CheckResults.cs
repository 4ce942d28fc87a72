namespace Resilience.Health;

/// <summary>What our own checks answer.</summary>
internal static class CheckResults
{
    /// <summary>The word for success of checks that connect to something, after the first seed's <c>"redis": "connected"</c>.</summary>
    public const string Connected = "connected";

    /// <param name="context">Of the run.</param>
    /// <param name="code">One of <see cref="CheckErrors"/>.</param>
    /// <param name="text">A sentence; it may name hosts and ports, never a user or a password.</param>
    /// <param name="exception">What was thrown, unless its text might hold a secret.</param>
    /// <param name="data">What was measured all the same.</param>
    public static HealthCheckResult Failed(
        this HealthCheckContext context, string code, string text, Exception? exception = null, Dictionary<string, object>? data = null) =>
        new(context.Registration.FailureStatus, text, exception, WithCode(data, code));

    public static HealthCheckResult Degraded(string code, string text, Dictionary<string, object> data) =>
        HealthCheckResult.Degraded(text, data: WithCode(data, code));

    private static Dictionary<string, object> WithCode(Dictionary<string, object>? data, string code) =>
        new(data ?? []) { [CheckErrors.DataKey] = code };
}

using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>What a snapshot means for one question.</summary>
/// <param name="Word"><c>ok</c>, <c>degraded</c>, <c>error</c>, <c>starting</c> or <c>draining</c>.</param>
/// <param name="Reason">Why the answer is not 200: one word; null if it is.</param>
internal readonly record struct Outcome(string Word, string? Reason)
{
    private const string Ok = "ok", Degraded = "degraded", Error = "error", Starting = "starting", Dependency = "dependency";

    /// <summary>The HTTP status.</summary>
    public int Status => Reason is null ? StatusCodes.Status200OK : StatusCodes.Status503ServiceUnavailable;

    /// <summary>All checks and the phase: the summary, the deep document, and readiness.</summary>
    public static Outcome Ready(HealthSnapshot snapshot, bool degradedIsReady = true) =>
        snapshot.Phase != HealthPhase.Running ? new(snapshot.Word, snapshot.Word)
        : snapshot.IsLive ? Of(snapshot.Status, degradedIsReady)
        : Live(snapshot); // Who is to be restarted is sent nothing.

    /// <summary>Whether to keep this process. Neither dependencies nor draining matter: what drains must not be killed.</summary>
    public static Outcome Live(HealthSnapshot snapshot) => snapshot.IsLive ? new(Ok, null) : new(Error, snapshot.LiveError ?? CheckErrors.Failed);

    /// <summary>Whether it has started; once it has, for ever.</summary>
    public static Outcome Startup(HealthSnapshot snapshot) => snapshot.HasStarted ? new(Ok, null) : new(Starting, Starting);

    /// <summary>The worst of the named checks, whatever the phase. One that does not exist is in error, and so is a group of none: a slip must not look healthy.</summary>
    public static Outcome Group(HealthSnapshot snapshot, IReadOnlyList<string> names, bool degradedIsReady = true)
    {
        var worst = names.Count == 0 ? HealthStatus.Unhealthy : HealthStatus.Healthy;
        foreach (var name in names)
        {
            var status = snapshot[name]?.Status ?? HealthStatus.Unhealthy;
            worst = status < worst ? status : worst;
        }

        return Of(worst, degradedIsReady);
    }

    private static Outcome Of(HealthStatus status, bool degradedIsReady) => status switch
    {
        HealthStatus.Healthy => new(Ok, null),
        HealthStatus.Degraded => new(Degraded, degradedIsReady ? null : Dependency),
        _ => new(Error, Dependency),
    };
}

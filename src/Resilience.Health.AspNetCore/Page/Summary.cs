using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>The state of a service in a sentence or two.</summary>
internal static class Summary
{
    private const int Named = 5;

    public static IEnumerable<string> Of(HealthSnapshot snapshot)
    {
        if (!snapshot.IsLive)
            yield return $"This process itself is not well ({snapshot.LiveError}): a restart would help.";
        if (snapshot.Phase == HealthPhase.Draining)
            yield return "It has been told to stop, and finishes the requests that it has.";
        else if (snapshot.Phase == HealthPhase.Starting)
            yield return Starting(snapshot);
        else
            yield return Running(snapshot);
    }

    private static string Starting(HealthSnapshot snapshot)
    {
        var waiting = snapshot.Checks.Where(check => check.IsCritical && check.Tags.Contains(CheckTags.Startup) && check.Status == HealthStatus.Unhealthy).ToList();
        if (waiting.Count > 0)
            return $"It waits for {Names(waiting)}.";
        var unknown = snapshot.Checks.Where(check => !check.IsKnown).ToList();
        return unknown.Count > 0 ? $"It waits for the first result of {Names(unknown)}." : "It is starting.";
    }

    private static string Running(HealthSnapshot snapshot)
    {
        var wrong = snapshot.Checks.Where(check => check.Status != HealthStatus.Healthy).ToList();
        if (snapshot.Checks.Count == 0)
            return "It runs. It has no checks.";
        if (wrong.Count == 0)
            return snapshot.Checks.Count == 1 ? "Its only check is well." : $"All {snapshot.Checks.Count} checks are well.";

        var critical = wrong.Where(check => check.Status == HealthStatus.Unhealthy && check.IsCritical).ToList();
        return critical.Count > 0
            ? $"It cannot do its work: {Names(critical)} {(critical.Count == 1 ? "has" : "have")} failed."
            : $"It works, though not fully: {Names(wrong)} {(wrong.Count == 1 ? "is" : "are")} not well.";
    }

    private static string Names(List<CheckSnapshot> checks)
    {
        var names = string.Join(", ", checks.Take(Named).Select(check => PageText.Short(check.Name, 40)));
        return checks.Count > Named ? $"{names} and {checks.Count - Named} more" : names;
    }
}

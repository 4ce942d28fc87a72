namespace Resilience.Hosting;

/// <summary>
/// The service's state as <c>systemctl status</c> shows it: one sentence. Names of checks and their reasons, nothing that a check said itself: every user of the machine can read it.
/// </summary>
internal static class StatusText
{
    private const int Longest = 300;
    private const int Most = 3; // Checks that are named.

    public static string Of(NotifyFacts facts) => Clean(Sentence(facts));

    private static string Sentence(NotifyFacts facts)
    {
        var snapshot = facts.Snapshot;
        if (facts.Gate is { Verdict: GateVerdict.Failed } failed)
            return $"Start failed, for want of {GateText.Missing(failed, failed.At)}.";
        if (facts.IsStopping)
            return "Stopping: not ready for anything new; what is under way is finished.";
        if (facts.Gate is { Verdict: GateVerdict.Waiting } gate)
            return $"Starting: waiting for {GateText.Missing(gate, facts.GateElapsed)}; {GateText.Count(gate)}.";
        if (!facts.HasStarted)
            return facts.Gate is null ? "Starting." : "Starting: what it needs is there.";
        if (!snapshot.IsLive)
            return $"Not live, to be restarted: {Named(snapshot.Checks.Where(check => check.Tags.Contains(CheckTags.Live) && check.Status == HealthStatus.Unhealthy), facts.Now, "nothing moves")}.";
        return snapshot.Status switch
        {
            HealthStatus.Healthy => $"Ready{Count(snapshot)}.",
            HealthStatus.Degraded => $"Ready, but degraded: {Bad(snapshot, facts)}{Count(snapshot)}.",
            _ => $"Not ready: {Bad(snapshot, facts)}{Count(snapshot)}.",
        };
    }

    private static string Bad(HealthSnapshot snapshot, NotifyFacts facts) =>
        Named(snapshot.Checks.Where(check => check.Status != HealthStatus.Healthy).OrderBy(check => check.Status), facts.Now, "");

    private static string Named(IEnumerable<CheckSnapshot> checks, DateTimeOffset now, string none)
    {
        string[] parts = [.. checks.Select(check => $"{check.Name} for {Durations.Rough(now - check.Since)} ({Reasons.Of(check.Error)})")];
        return parts.Length == 0 ? none : parts.Length <= Most ? string.Join(", ", parts) : $"{string.Join(", ", parts.Take(Most))} and {parts.Length - Most} more";
    }

    private static string Count(HealthSnapshot snapshot) => snapshot.Checks.Count switch
    {
        0 => "",
        1 => snapshot.Status == HealthStatus.Healthy ? "; its check is well" : "",
        var all => $"; {snapshot.Checks.Count(check => check.Status == HealthStatus.Healthy)} of {all} checks are well",
    };

    // A line feed would begin another assignment.
    private static string Clean(string text)
    {
        var line = string.Concat(text.Select(letter => char.IsControl(letter) || char.IsSurrogate(letter) ? ' ' : letter));
        return line.Length <= Longest ? line : line[..(Longest - 1)] + "…";
    }
}

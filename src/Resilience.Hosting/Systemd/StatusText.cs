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
            return $"Start failed, for want of {GateText.Lost(failed)}.";
        if (facts is { IsStopping: true, Gate: { Verdict: GateVerdict.Waiting } stopped })
            return $"Stopped while it waited for {GateText.Missing(stopped, facts.GateElapsed)}.";
        if (facts.IsStopping)
            return "Stopping: not ready for anything new; what is under way is finished.";
        if (facts.Gate is { Verdict: GateVerdict.Waiting } gate)
            return $"Starting: waiting for {GateText.Missing(gate, facts.GateElapsed)}; {GateText.Count(gate)}.";
        if (!facts.HasStarted)
            return facts.Gate?.Verdict == GateVerdict.Open ? "Starting: what it needs is there." : "Starting.";
        if (!snapshot.IsLive)
            return $"Not live, to be restarted: {List(snapshot.Checks.Where(check => check.Tags.Contains(CheckTags.Live) && check.Status == HealthStatus.Unhealthy), check => Dead(check, facts), "nothing moves")}.";
        return snapshot.Status switch
        {
            HealthStatus.Healthy => $"Ready{Count(snapshot)}.",
            HealthStatus.Degraded => $"Ready, but degraded: {Bad(snapshot, facts)}{Count(snapshot)}.",
            _ => $"Not ready: {Bad(snapshot, facts)}{Count(snapshot)}.",
        };
    }

    private static string Bad(HealthSnapshot snapshot, NotifyFacts facts) =>
        List(snapshot.Checks.Where(check => check.Status != HealthStatus.Healthy).OrderBy(check => check.Status), check => Named(check, facts), "");

    private static string Named(CheckSnapshot check, NotifyFacts facts) => $"{check.Name} for {Durations.Rough(facts.Now - check.Since)} ({Reasons.Of(check.Error)})";

    // Of a loop its silence counts, which began before anybody noticed.
    private static string Dead(CheckSnapshot check, NotifyFacts facts) =>
        check.Data.TryGetValue(LoopHeartbeatCheck.Silence, out var silence) && silence is double seconds
        && check.Data.TryGetValue(LoopHeartbeatCheck.MaxSilence, out var max) && max is double allowed
            ? $"{check.Name} has been silent for {Durations.Rough(TimeSpan.FromSeconds(seconds))}, and may be for {Durations.Rough(TimeSpan.FromSeconds(allowed))}"
            : Named(check, facts);

    private static string List(IEnumerable<CheckSnapshot> checks, Func<CheckSnapshot, string> text, string none)
    {
        string[] parts = [.. checks.Select(text)];
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

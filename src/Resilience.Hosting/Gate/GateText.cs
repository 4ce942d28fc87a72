using System.Text;

namespace Resilience.Hosting;

/// <summary>What the gate says, in words: no secret in it, and no more than a screen has room for.</summary>
internal static class GateText
{
    private const int Most = 5; // Names in a line; "and 45 more" then.
    private const int LongestDescription = 200;

    private static readonly TimeSpan AlmostASecond = TimeSpan.FromMilliseconds(999); // So that what has passed and what is left make the whole.

    // Of periods, after which there is a report once the timeout is over: it may go on for days then.
    private const int Patience = 12;

    public static TimeSpan UntilNextReport(TimeSpan now, StartupGateOptions options) => now < options.Timeout ? options.ReportPeriod : options.ReportPeriod * Patience;

    /// <summary>Whom it waits for and why, as a clause: <c>orders-db for 5 s (connection refused), cache for 5 s (still starting)</c>.</summary>
    public static string Missing(GateView view, TimeSpan now) => List(
        [.. view.Missing.Where(check => check.State == GatedState.Missing).Select(check => $"{check.Name} for {Durations.Rough(now - check.Since)} ({Reasons.Of(check.Error)})")]);

    /// <summary>All of them, stage by stage: <c>orders-db, cache (optional), then api</c>.</summary>
    public static string Names(GateView view) => List(
        [.. view.Checks.Select((check, i) => $"{(i > 0 && view.Checks[i - 1].Stage != check.Stage ? "then " : "")}{check.Name}{(check.IsRequired ? "" : " (optional)")}")]);

    public static string Count(GateView view) => $"{view.There} of {view.Checks.Count} there";

    /// <summary>What the service starts without, if anything.</summary>
    public static string Without(GateView view) =>
        List([.. view.Checks.Where(check => check.State == GatedState.GivenUp).Select(check => check.Name)]) is { Length: > 0 } names ? $" (without {names})" : "";

    /// <summary>How long it still waits at most.</summary>
    public static string Left(TimeSpan now, StartupGateOptions options) =>
        options.KeepWaiting ? "as long as it takes" : $"{Durations.Rough(options.Timeout > now ? options.Timeout - now + AlmostASecond : TimeSpan.Zero)} left";

    /// <summary>Why the start has failed, and which setting has decided so.</summary>
    public static string Failure(GateView view, StartupGateOptions options)
    {
        if (view.Lost.FirstOrDefault(check => Reasons.IsHopeless(check.Error)) is { } hopeless)
            return $"{hopeless.Name} is not there, {Reason(hopeless)}. Waiting would not help, so the start has failed after {Durations.Exact(view.At)}";
        var limit = view.At >= options.Timeout ? "Timeout" : $"Checks:{view.Lost.First(check => view.At >= check.Deadline).Name}:Timeout";
        return $"the start has failed after {Durations.Exact(view.At)} (StartupGate:{limit}). Not there: {Lost(view)}";
    }

    /// <summary>What is required and not there, and why.</summary>
    public static string Lost(GateView view) => List([.. view.Lost.Select(check => $"{check.Name} ({Reasons.Of(check.Error)})")]);

    /// <summary>Every check in a line: its state, since when, its last reason.</summary>
    public static string Table(GateView view)
    {
        List<string[]> rows = [["check", "", "state", "for", "runs", "last reason"]];
        rows.AddRange(view.Checks.Select(check => (string[])[
            check.Name,
            check.IsRequired ? "required" : "optional",
            State(check.State),
            check.State == GatedState.Later ? "" : Durations.Exact(view.At - check.Since),
            check.State == GatedState.Later ? "" : $"{check.Runs}",
            check.State is GatedState.There or GatedState.Later ? "" : Reason(check)]));
        var widths = Enumerable.Range(0, rows[0].Length).Select(column => rows.Max(row => row[column].Length)).ToArray();
        var text = new StringBuilder();
        foreach (var row in rows)
            text.Append("\n  ").Append(string.Join("  ", row.Select((cell, column) => column == row.Length - 1 ? cell : cell.PadRight(widths[column]))).TrimEnd());
        return text.ToString();
    }

    /// <summary>With what the check said itself, in one line.</summary>
    public static string Reason(GatedCheck check)
    {
        var said = Plain(check.Description ?? "").Trim().TrimEnd('.');
        if (said.Length > LongestDescription)
            said = said[..LongestDescription] + "…";
        return said.Length == 0 ? Reasons.Of(check.Error) : $"{Reasons.Of(check.Error)} ({said})";
    }

    // One line, and no colours of its own.
    private static string Plain(string text) => string.Concat(text.ReplaceLineEndings(" ").Select(letter => char.IsControl(letter) ? ' ' : letter));

    private static string State(GatedState state) => state switch
    {
        GatedState.There => "there",
        GatedState.Missing => "MISSING",
        GatedState.GivenUp => "given up",
        _ => "not asked",
    };

    private static string List(string[] parts) =>
        parts.Length <= Most ? string.Join(", ", parts) : $"{string.Join(", ", parts.Take(Most))} and {parts.Length - Most} more";
}

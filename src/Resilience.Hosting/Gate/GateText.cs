using System.Text;

namespace Resilience.Hosting;

/// <summary>What the gate says, in words: no secret in it, and no more than a screen has room for.</summary>
internal static class GateText
{
    private const int Most = 5; // Names in a line; "and 45 more" then.

    /// <summary>Whom it waits for and why, as a clause: <c>orders-db for 5 s (connection refused), cache for 5 s (still starting)</c>.</summary>
    public static string Missing(GateView view, TimeSpan now) => List(
        [.. view.Missing.Where(check => check.State == GatedState.Missing).Select(check => $"{check.Name} for {Durations.Rough(now - check.Since)} ({Reasons.Of(check.Error)})")]);

    public static string Names(IEnumerable<GatedCheck> checks) => List([.. checks.Select(check => check.IsRequired ? check.Name : $"{check.Name} (optional)")]);

    public static string Count(GateView view) => $"{view.There} of {view.Checks.Count} there";

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
    public static string Reason(GatedCheck check) =>
        check.Description is { Length: > 0 } said ? $"{Reasons.Of(check.Error)}: {said.ReplaceLineEndings(" ")}" : Reasons.Of(check.Error);

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

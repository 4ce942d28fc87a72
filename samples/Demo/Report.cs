using System.Runtime.InteropServices;
using Resilience.Client;
using Spectre.Console;

namespace Demo;

/// <summary>What the faults cost, per fault and in one sentence.</summary>
internal sealed class Report(Opening opening, Script script, Load plain, Load resilient, Attempts attempts, int roundsCounted)
{
    private const double Recovered = 0.99;

    private static readonly string[] Notes =
    [
        "200 calls a second through each client, by schedule: GET and, every 4th, POST with Idempotency-Key. A call belongs to a fault"
            + " if it was due from its beginning to the end of the 4 s of calm after it; its time counts from when it was due.",
        "Away: from the fault's beginning to back. Back: the first success that an independent observer sees, who asks the health"
            + " path every 5 ms on a connection of its own.",
        "All below \"succeeded\": of the resilient client. Back to 99 %: from back to the first success from which on at least 99 % of the calls"
            + " that finish succeed; to all served: to the last answer of those due before back.",
        "Attempts and probes: while away. Probes are the client's own questions to the health path; a frozen process takes calls in like"
            + " one that is merely slow, and is sent no more once its health path is silent, too.",
    ];

    private static string Machine =>
        $"{Environment.ProcessorCount} cores, {RuntimeInformation.OSDescription}, .NET {Environment.Version}; all processes on this machine.";

    public void Write(IAnsiConsole console)
    {
        var table = new Table().RoundedBorder();
        table.AddColumn("");
        foreach (var outage in script.Outages)
            table.AddColumn(new TableColumn(outage.Name).RightAligned());
        foreach (var (label, cells) in Rows())
            table.AddRow([label, .. cells]);

        console.WriteLine();
        console.Write(table);
        foreach (var note in Notes.Append(Machine))
            console.WriteLine(note, new Style(Color.Grey));
        console.WriteLine();
        foreach (var line in Facts())
            console.WriteLine(line);
        console.WriteLine();
        console.WriteLine(Verdict(), new Style(resilient.Failed == 0 ? Color.Green : Color.Red, decoration: Decoration.Bold));
    }

    public string Markdown()
    {
        string[][] rows =
        [
            ["Api", .. script.Outages.Select(outage => outage.Name)],
            ["---", .. script.Outages.Select(_ => "---:")],
            .. Rows().Select(row => (string[])[row.Label, .. row.Cells]),
        ];
        return $"""
            {string.Join('\n', rows.Select(row => $"| {string.Join(" | ", row)} |"))}

            {Verdict()} {Machine}

            {opening.Summary}

            {string.Join('\n', Notes.Select(note => $"- {note}"))}

            """;
    }

    private IEnumerable<(string Label, string[] Cells)> Rows()
    {
        yield return Row("away", outage => Seconds(outage.Back - outage.Begin));
        yield return Row("calls, each client", outage => $"{Of(resilient, outage).Count():N0}");
        yield return Row("succeeded, plain", outage => Share([.. Of(plain, outage)]));
        yield return Row("succeeded, resilient", outage => Share([.. Of(resilient, outage)]));
        yield return Row("longest call", outage => Seconds(Of(resilient, outage).Max(call => call.Took)));
        yield return Row("back to 99 %", BackToNormal);
        yield return Row("back to all served", outage =>
            Milliseconds(WhileAway(outage).Max(call => call.Finished) - outage.Back));
        yield return Row("attempts per call", outage =>
            $"{(double)attempts.Count(probes: false, outage.Begin, outage.Back) / WhileAway(outage).Count():0.000}");
        yield return Row("probes", outage => $"{attempts.Count(probes: true, outage.Begin, outage.Back)}");

        (string, string[]) Row(string label, Func<Outage, string> cell) => (label, [.. script.Outages.Select(cell)]);
    }

    private IEnumerable<string> Facts()
    {
        yield return opening.Summary;
        yield return $"A visitor who opened a page of Web when the Api was killed {script.Visit}.";
        var posted = resilient.Records.Count(call => call.Succeeded && ResilientGame.IsPost(call.Number));
        yield return $"Rounds posted through the resilient client: {posted:N0}; counted by the Api: {roundsCounted:N0}.";
        foreach (var failures in resilient.Records.Where(call => !call.Succeeded).GroupBy(call => (call.Error as BackendException)?.Reason))
        {
            var first = failures.MinBy(call => call.Scheduled);
            yield return $"{failures.Count()} resilient calls failed, first the one due at {first.Scheduled.TotalSeconds:0.000} s, ended at"
                + $" {first.Finished.TotalSeconds:0.000} s: {first.Error?.GetType().Name} {failures.Key}: {first.Error?.Message}";
        }
    }

    private string Verdict()
    {
        var longest = resilient.Records.Max(call => call.Took).TotalSeconds;
        var ours = resilient.Failed == 0 ? $"All {resilient.Begun:N0} resilient calls succeeded" : $"{resilient.Failed:N0} of {resilient.Begun:N0} resilient calls failed";
        return $"{ours}, the longest took {longest:0.0} s; of as many plain calls {plain.Failed:N0} failed.";
    }

    /// <summary>
    /// Back: the observer's first success. Normal: the finish of the first successful call, at or after back, such that of it and all calls
    /// that finish after it, up to the end of the calm, at least 99 % succeed.
    /// </summary>
    private string BackToNormal(Outage outage)
    {
        CallRecord[] finished = [.. resilient.Records.Where(call => call.Finished >= outage.Back && call.Finished < outage.End).OrderBy(call => call.Finished)];
        var succeeding = finished.Count(call => call.Succeeded);
        for (var at = 0; at < finished.Length; at++)
        {
            if (!finished[at].Succeeded)
                continue;
            if (succeeding >= Recovered * (finished.Length - at))
                return Milliseconds(finished[at].Finished - outage.Back);
            succeeding--;
        }

        return "never";
    }

    private static IEnumerable<CallRecord> Of(Load load, Outage outage) =>
        load.Records.Where(call => call.Scheduled >= outage.Begin && call.Scheduled < outage.End);

    private IEnumerable<CallRecord> WhileAway(Outage outage) => Of(resilient, outage).Where(call => call.Scheduled < outage.Back);

    private static string Seconds(TimeSpan time) => $"{time.TotalSeconds:0.00} s";

    private static string Milliseconds(TimeSpan time) => $"{time.TotalMilliseconds:0} ms";

    // Rounded down: 100.0 % is said of all only.
    private static string Share(CallRecord[] calls)
    {
        var succeeded = calls.Count(call => call.Succeeded);
        return $"{succeeded:N0} ({Math.Floor(1000.0 * succeeded / calls.Length) / 10:0.0} %)";
    }
}

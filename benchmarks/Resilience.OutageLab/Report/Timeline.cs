using System.Globalization;
using Resilience.OutageLab.Conduct;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Report;

/// <summary>
/// The picture of a scenario: a row per client, time to the right; for each 100 ms, what became of the calls issued then; a line for the calls out at a time; the
/// outage shaded. All rows share their scales.
/// </summary>
internal static class Timeline
{
    private const double Step = 0.1; // Seconds.
    private const double Tallest = 0.86; // Of a row: the outage is seen above it.
    private const int Width = 900, Left = 128, Right = 236, Top = 92, Row = 96, Gap = 22, Foot = 44, Plot = Width - Left - Right;
    private const string InTime = "#3a9d8f", Late = "#f2c14e", Failed = "#c8323c", Out = "#1d2f6f", Shade = "#e3e5ea", Grey = "#5c6370";

    public static string Draw(Scenario scenario, IReadOnlyList<RunRecord> runs)
    {
        var rows = runs.Select(run => (Run: run, Calls: new Calls(run.Log), Figures: Figures.Of(run))).ToList();
        var seconds = Math.Ceiling(scenario.Seconds);
        var scale = Plot / seconds;
        var perBin = rows.Max(row => row.Calls.Timeline(Step, Figures.Patience).Select(bin => bin.InTime + bin.Late + bin.Failed).DefaultIfEmpty(1).Max());
        var peak = rows.Max(row => row.Figures.PeakInFlight);
        var height = Top + rows.Count * (Row + Gap) + Foot;

        var svg = new Svg(Width, height, $"{scenario.Name}: {scenario.What}");
        svg.Text(16, 24, $"{scenario.Name}: what became of each call", size: 16, isBold: true);
        svg.Text(Width - 16, 24, "each column: the calls made in 100 ms", Grey, "end");
        var line = 42;
        foreach (var part in Lines(scenario.What))
        {
            svg.Text(16, line, part, Grey);
            line += 15;
        }

        Legend(svg, height - 10);
        for (var i = 0; i < rows.Count; i++)
        {
            var y = Top + i * (Row + Gap);
            Outages(svg, scenario, rows[i].Run, y, scale, isFirst: i == 0);
            Bars(svg, rows[i].Calls, y, scale, perBin, peak);
            foreach (var (from, to) in rows[i].Run.Outages)
                Edges(svg, from, to, y, scale);
            Describe(svg, scenario, rows[i].Run, rows[i].Figures, y);
        }

        Axis(svg, Top + rows.Count * (Row + Gap) - Gap, seconds, scale);
        return svg.ToString();
    }

    private static void Outages(Svg svg, Scenario scenario, RunRecord run, double y, double scale, bool isFirst)
    {
        foreach (var (from, to) in run.Outages)
            svg.Rectangle(Left + from * scale, y - 6, (to - from) * scale, Row + 12, Shade);
        if (isFirst && run.Outages.Count > 0)
            svg.Text(Left + (run.Outages[0].From + run.Outages[^1].To) / 2 * scale, y - 10, scenario.Label, Grey, "middle", 11);
    }

    private static void Edges(Svg svg, double from, double to, double y, double scale)
    {
        foreach (var at in new[] { from, to })
            svg.Line(Left + at * scale, y - 6, Left + at * scale, y + Row + 6, Grey, 1, "3 3");
    }

    private static void Bars(Svg svg, Calls calls, double y, double scale, int perBin, int peak)
    {
        var bins = calls.Timeline(Step, Figures.Patience);
        double At(double count) => y + Row - count / perBin * Row * Tallest;
        var floor = bins.Select(_ => At(0)).ToList();
        var inTime = bins.Select(bin => At(bin.InTime)).ToList();
        var late = bins.Select(bin => At(bin.InTime + bin.Late)).ToList();
        var all = bins.Select(bin => At(bin.InTime + bin.Late + bin.Failed)).ToList();
        svg.Band(Left, Step * scale, inTime, floor, InTime);
        svg.Band(Left, Step * scale, late, inTime, Late);
        svg.Band(Left, Step * scale, all, late, Failed);
        svg.Curve(Left, Step * scale, [.. calls.InFlight(Step).Select(count => y + Row - (double)count / Math.Max(1, peak) * Row)], Out);
        svg.Line(Left, y + Row, Left + Plot, y + Row, Grey);
    }

    private static void Describe(Svg svg, Scenario scenario, RunRecord run, Figures figures, double y)
    {
        const double X = Width - Right + 14;
        svg.Text(Left - 12, y + 22, run.Client, anchor: "end", size: 15, isBold: true);
        svg.Text(Left - 12, y + 44, $"{Words.Percent(figures.Succeeded)} % ok", figures.Succeeded >= 0.999 ? InTime : Failed, "end", 13, isBold: true);
        svg.Text(X, y + 20, $"{Words.Percent(figures.InTime)} % within 1 s, possible {Words.Percent(figures.Ceiling)}");
        svg.Text(X, y + 37, $"99 % of answers within {Words.Time(figures.P99)}");
        svg.Text(X, y + 54, $"{Words.Ratio(figures.AttemptsPerCallDuring)} attempts per call meanwhile");
        svg.Text(X, y + 71, $"at most {Words.Count(figures.PeakInFlight)} calls waiting", Out);
        if (scenario.HasAfter)
            svg.Text(X, y + 88, double.IsInfinity(figures.BackTo99InTime) ? "not well again" : $"well again {Words.Time(figures.BackTo99InTime)} after the end");
    }

    private static void Axis(Svg svg, double y, double seconds, double scale)
    {
        var step = seconds <= 12 ? 1 : seconds <= 30 ? 2 : seconds <= 60 ? 5 : 10;
        for (var second = 0; second <= seconds; second += step)
        {
            svg.Line(Left + second * scale, y, Left + second * scale, y + 4, Grey);
            svg.Text(Left + second * scale, y + 17, second == 0 ? "0 s" : second.ToString(CultureInfo.InvariantCulture), Grey, "middle", 11);
        }
    }

    private static void Legend(Svg svg, double y)
    {
        var x = 16.0;
        foreach (var (colour, words) in new[] { (InTime, "answered within 1 s"), (Late, "answered later"), (Failed, "failed"), (Shade, "outage") })
        {
            svg.Rectangle(x, y - 10, 12, 12, colour);
            svg.Text(x + 17, y, words);
            x += 36 + 6.4 * words.Length;
        }

        svg.Line(x, y - 4, x + 16, y - 4, Out, 1.8);
        svg.Text(x + 21, y, "calls waiting for an answer (one scale for all rows)");
    }

    private static IEnumerable<string> Lines(string text)
    {
        const int Longest = 125;
        while (text.Length > Longest)
        {
            var end = text.LastIndexOf(' ', Longest);
            yield return text[..end];
            text = text[(end + 1)..];
        }

        yield return text;
    }
}

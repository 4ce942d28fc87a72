using System.Globalization;

namespace Resilience.OutageLab.Report;

/// <summary>Figures as people read them.</summary>
internal static class Words
{
    public static string Percent(double share) => Text(share, value => $"{Math.Floor(value * 1000) / 10:0.0}"); // Never rounded up: 99.96 % is not all.

    public static string Time(double seconds) => Text(seconds, value => value < 1 ? (FormattableString)$"{value * 1000:0} ms" : $"{value:0.0} s");

    public static string Ratio(double value) => Text(value, ratio => $"{ratio:0.00}");

    public static string Count(double value) => Text(value, count => $"{count:#,0}");

    public static string InShort(Figures f) =>
        $"{Percent(f.Succeeded)} % ok, {Percent(f.InTime)} % within 1 s (ceiling {Percent(f.Ceiling)}), p99 {Time(f.P99)}, {Ratio(f.AttemptsPerCallDuring)} attempts per call meanwhile, 99 % again after {Time(f.BackTo99)}{(f.Disturbance > 0.1 ? $" (the machine was late by {Time(f.Disturbance)})" : "")}";

    private static string Text(double value, Func<double, FormattableString> text) =>
        double.IsNaN(value) ? "–" : double.IsInfinity(value) ? "never" : text(value).ToString(CultureInfo.InvariantCulture);
}

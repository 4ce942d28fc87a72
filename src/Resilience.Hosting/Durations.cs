using System.Globalization;

namespace Resilience.Hosting;

/// <summary>Times as people say them.</summary>
internal static class Durations
{
    /// <summary>Whole seconds below two minutes, then minutes, hours, days: it changes as seldom as it can.</summary>
    public static string Rough(TimeSpan time) => time switch
    {
        { TotalMinutes: < 2 } => Text($"{Math.Max(0, Math.Floor(time.TotalSeconds))} s"),
        { TotalHours: < 2 } => Text($"{Math.Floor(time.TotalMinutes)} min"),
        { TotalDays: < 2 } => Text($"{Math.Floor(time.TotalHours)} h"),
        _ => Text($"{Math.Floor(time.TotalDays)} days"),
    };

    /// <summary>To a tenth of a second.</summary>
    public static string Exact(TimeSpan time) => Text($"{time.TotalSeconds:0.0} s");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Collections;
using System.Globalization;

namespace Resilience.Health.AspNetCore;

/// <summary>Numbers, times and values as people read them.</summary>
internal static class PageText
{
    private const int Items = 5, ItemLength = 40;

    private static readonly string[] Units = ["B", "KiB", "MiB", "GiB", "TiB"];

    /// <summary>Two units at most: <c>850 ms</c>, <c>12 s</c>, <c>3 min 20 s</c>, <c>3 h 12 min</c>, <c>2 d 4 h</c>.</summary>
    public static string Duration(TimeSpan time)
    {
        if (time < TimeSpan.Zero)
            time = TimeSpan.Zero;
        if (time < TimeSpan.FromMilliseconds(10))
            return Said($"{time.TotalMilliseconds:0.#} ms");
        if (time < TimeSpan.FromSeconds(1))
            return Said($"{time.TotalMilliseconds:0} ms");
        if (time < TimeSpan.FromSeconds(10))
            return Said($"{time.TotalSeconds:0.#} s");
        if (time < TimeSpan.FromMinutes(1))
            return Said($"{(int)time.TotalSeconds} s");
        if (time < TimeSpan.FromHours(1))
            return Pair(time.Minutes, "min", time.Seconds, "s");
        return time < TimeSpan.FromDays(1) ? Pair(time.Hours, "h", time.Minutes, "min") : Pair(time.Days, "d", time.Hours, "h");
    }

    public static string Moment(DateTimeOffset time) => time.ToUniversalTime().ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    public static string Clock(DateTimeOffset time) => time.ToUniversalTime().ToString("HH:mm:ss", CultureInfo.InvariantCulture);

    public static string Percent(double share) => double.IsFinite(share) ? Said($"{share * 100:0} %") : "unknown";

    public static string Bytes(long bytes)
    {
        var (value, unit) = ((double)bytes, 0);
        for (; value >= 1024 && unit < Units.Length - 1; unit++)
            value /= 1024;
        return value >= 100 || unit == 0 ? Said($"{value:0} {Units[unit]}") : Said($"{value:0.#} {Units[unit]}");
    }

    public static string Word(HealthPhase phase) => phase switch
    {
        HealthPhase.Starting => "starting",
        HealthPhase.Running => "running",
        _ => "draining",
    };

    /// <summary>A value of a check's data. Lists and maps as far as they are short.</summary>
    public static string Value(object? value) => value switch
    {
        null => "none",
        string text => text,
        bool flag => flag ? "yes" : "no",
        double number => Number(number),
        float number => Number(number),
        decimal number => Said($"{number:0.###}"),
        TimeSpan time => Duration(time),
        DateTimeOffset time => Moment(time),
        DateTime time => Moment(time),
        IReadOnlyDictionary<string, object?> map => List(map.Select(pair => $"{Short(pair.Key, ItemLength)}: {Item(pair.Value)}")),
        IEnumerable list => List(list.Cast<object?>().Select(Item)),
        IFormattable other => other.ToString(null, CultureInfo.InvariantCulture),
        _ => value.ToString() ?? "",
    };

    public static string Short(string text, int longest) => text.Length <= longest ? text : string.Concat(text.AsSpan(0, longest - 1), "…");

    private static string Item(object? item) => item is string or not IEnumerable ? Short(Value(item), ItemLength) : "…";

    private static string List(IEnumerable<string> items)
    {
        var first = items.Take(Items + 1).ToList();
        return string.Join(", ", first.Take(Items)) + (first.Count > Items ? ", …" : "");
    }

    private static string Number(double number) => double.IsFinite(number) ? Said($"{number:0.###}") : "none";

    private static string Pair(int large, string largeUnit, int small, string smallUnit) =>
        small == 0 ? Said($"{large} {largeUnit}") : Said($"{large} {largeUnit} {small} {smallUnit}");

    private static string Said(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);
}

using System.Collections.Frozen;

namespace Resilience.Metrics.Prometheus;

/// <summary>The words for a unit of UCUM, as OpenTelemetry has them: https://opentelemetry.io/docs/specs/otel/compatibility/prometheus_and_openmetrics/.</summary>
internal static class UnitName
{
    private static readonly FrozenDictionary<string, string> Names = new Dictionary<string, string>
    {
        ["d"] = "days",
        ["h"] = "hours",
        ["min"] = "minutes",
        ["s"] = "seconds",
        ["ms"] = "milliseconds",
        ["us"] = "microseconds",
        ["ns"] = "nanoseconds",
        ["By"] = "bytes",
        ["KiBy"] = "kibibytes",
        ["MiBy"] = "mebibytes",
        ["GiBy"] = "gibibytes",
        ["TiBy"] = "tibibytes",
        ["KBy"] = "kilobytes",
        ["kBy"] = "kilobytes",
        ["MBy"] = "megabytes",
        ["GBy"] = "gigabytes",
        ["TBy"] = "terabytes",
        ["m"] = "meters",
        ["V"] = "volts",
        ["A"] = "amperes",
        ["J"] = "joules",
        ["W"] = "watts",
        ["g"] = "grams",
        ["Cel"] = "celsius",
        ["Hz"] = "hertz",
        ["%"] = "percent",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    private static readonly FrozenDictionary<string, string> Rates = new Dictionary<string, string>
    {
        ["s"] = "second",
        ["m"] = "minute",
        ["min"] = "minute",
        ["h"] = "hour",
        ["d"] = "day",
        ["w"] = "week",
        ["mo"] = "month",
        ["y"] = "year",
    }.ToFrozenDictionary(StringComparer.Ordinal);

    /// <summary>Null if there is nothing to say: no unit, the unit 1, or only a remark in braces.</summary>
    public static string? Words(string? unit)
    {
        var bare = WithoutRemarks(unit ?? "").Trim();
        var slash = bare.IndexOf('/');
        if (slash < 0)
            return Word(bare, Names);
        var of = Word(bare[..slash], Names);
        var per = Word(bare[(slash + 1)..], Rates);
        return per is null ? of : of is null ? "per_" + per : $"{of}_per_{per}";
    }

    private static string? Word(string unit, FrozenDictionary<string, string> known)
    {
        if (unit is "" or "1")
            return null;
        return known.GetValueOrDefault(unit) ?? FamilyName.Word(unit).Trim('_') switch { "" => null, var word => word };
    }

    private static string WithoutRemarks(string unit)
    {
        while (unit.IndexOf('{') is >= 0 and var open)
        {
            var close = unit.IndexOf('}', open);
            unit = close < 0 ? unit[..open] : unit.Remove(open, close - open + 1);
        }

        return unit;
    }
}

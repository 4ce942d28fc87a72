namespace Resilience.Metrics.Prometheus;

/// <summary>What a tag's key becomes.</summary>
internal static class LabelName
{
    public static string Of(string key)
    {
        var name = FamilyName.Word(key); // Not two underscores at the start: they are Prometheus' own.
        if (char.IsAsciiDigit(name[0]))
            return "_" + name;
        return name is "le" or "quantile" ? "exported_" + name : name; // Which are the format's own; the prefix is what Prometheus uses for such.
    }
}

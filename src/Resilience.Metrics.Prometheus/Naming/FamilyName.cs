namespace Resilience.Metrics.Prometheus;

/// <summary>
/// The name of a family in OpenMetrics: what an instrument's name, unit and kind become by OpenTelemetry's rules for Prometheus. Counters get <c>_total</c> on their samples.
/// </summary>
/// <param name="Name">For example <c>http_server_request_duration_seconds</c>.</param>
/// <param name="Unit">The words at its end that are the unit; null if there are none.</param>
internal readonly record struct FamilyName(string Name, string? Unit)
{
    // The format appends them to the names of histograms and counters itself. A gauge that ends in one is a histogram's part to whoever reads it, and promtool complains.
    private static readonly string[] Reserved = ["_count", "_sum", "_bucket", "_total", "_info", "_created"];

    public static FamilyName Of(string instrument, string? unit, FamilyKind kind, bool isNonMonotonicSum = false)
    {
        var name = Word(instrument);
        if (char.IsAsciiDigit(name[0]))
            name = "_" + name;
        name = WithoutReserved(name, kind);
        var words = UnitName.Words(unit) ?? (unit is "1" && kind == FamilyKind.Gauge && !isNonMonotonicSum ? "ratio" : null);
        if (words is null)
            return new(name, null);
        var full = name.EndsWith("_" + words, StringComparison.Ordinal) ? name : $"{name}_{words}";
        return WithoutReserved(full, kind) == full ? new(full, words) : new(name, null);
    }

    /// <summary>Letters, digits and single underscores; at least one character.</summary>
    public static string Word(string text)
    {
        Span<char> word = text.Length <= 256 ? stackalloc char[text.Length] : new char[text.Length];
        var length = 0;
        foreach (var c in text)
        {
            if (char.IsAsciiLetterOrDigit(c))
                word[length++] = c;
            else if (length == 0 || word[length - 1] != '_')
                word[length++] = '_';
        }

        return length > 0 ? word[..length].ToString() : "_";
    }

    private static string WithoutReserved(string name, FamilyKind kind)
    {
        while (Array.Find(Reserved, suffix => (kind != FamilyKind.Counter || suffix is "_total") && name.Length > suffix.Length && name.EndsWith(suffix, StringComparison.Ordinal)) is { } found)
            name = name[..^found.Length];
        return name;
    }
}

using System.Collections.ObjectModel;

namespace Resilience.Health;

/// <summary>
/// A check's data as plain values that any number of readers can write out at any time: strings, booleans, <see cref="long"/>, <see cref="decimal"/>,
/// finite <see cref="double"/>, <see cref="DateTimeOffset"/>, null, and unchanging lists and maps of them. It is read once, within the check's own time.
/// </summary>
internal static class CheckData
{
    /// <summary>Keys at the top, and items in every list or map below it.</summary>
    public const int MostItems = 100;

    /// <summary>Lists and maps within each other, the data itself counted.</summary>
    public const int Deepest = 4;

    /// <summary>UTF-16 units of a string and of a key.</summary>
    public const int LongestText = 1_024, LongestKey = 128;

    /// <summary>UTF-8 bytes of all keys and values together, <see cref="DataCleaner.ItemCost"/> counted for each.</summary>
    public const int MostBytes = 16 * 1_024;

    /// <summary>Stands for what was left out.</summary>
    public const string Cut = "…";

    private static readonly IReadOnlyDictionary<string, object?> Empty = ReadOnlyDictionary<string, object?>.Empty;

    /// <summary>
    /// Whatever is no plain value becomes its type's name: calling <c>ToString</c> on what somebody left there could tell a secret, or never end. Values whose key
    /// is that of a secret, and secrets within strings, are taken out.
    /// </summary>
    /// <param name="data">The check's own object, which may do anything; null in a result made by <see langword="default"/>.</param>
    /// <returns>In the order given. What does not fit is left out, and a key "…" says so.</returns>
    /// <exception cref="Exception">What <paramref name="data"/> itself throws when enumerated. Values that do are not worth the check: their type's name stands for them.</exception>
    public static IReadOnlyDictionary<string, object?> Clean(IReadOnlyDictionary<string, object>? data)
    {
        if (data is null)
            return Empty;
        var cleaned = new DataCleaner().Map(data.Select(pair => KeyValuePair.Create<object?, object?>(pair.Key, pair.Value)), depth: 1);
        return cleaned.Count == 0 ? Empty : cleaned;
    }
}

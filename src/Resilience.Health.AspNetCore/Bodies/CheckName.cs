using System.Globalization;

namespace Resilience.Health.AspNetCore;

/// <summary>A check's name as the name of a JSON property: whatever names there are, no two become the same.</summary>
internal static class CheckName
{
    private const int Longest = 200;

    /// <returns>
    /// The name itself, but for names that are longer than anybody reads or are no proper text: those are cut and repaired, and end in the check's number. They then
    /// are longer than <see cref="Longest"/> or contain U+FFFD, and so are none that stayed as it was.
    /// </returns>
    public static string Of(IReadOnlyList<CheckSnapshot> checks, int index)
    {
        var name = checks[index].Name;
        if (name.Length <= Longest && !name.Contains('\uFFFD', StringComparison.Ordinal) && PlainText.IsWellFormed(name))
            return name;
        return string.Create(CultureInfo.InvariantCulture, $"{PlainText.Of(name, Longest)}~{index}");
    }
}

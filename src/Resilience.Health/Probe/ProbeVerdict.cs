using System.Globalization;
using System.Text;

namespace Resilience.Health;

/// <summary>What the probe found, in one line fit for a terminal and a log.</summary>
internal sealed class ProbeVerdict
{
    public const int LongestLine = 200;

    private ProbeVerdict(bool isHealthy, string line) => (IsHealthy, Line) = (isHealthy, Clean(line, LongestLine));

    public bool IsHealthy { get; }

    public string Line { get; }

    public static ProbeVerdict Good(string what) => new(true, "healthy: " + what);

    public static ProbeVerdict Bad(string what) => new(false, "unhealthy: " + what);

    /// <summary>Without what is not to be seen or turns text around, and at most so long. What answered may be anybody.</summary>
    public static string Clean(string text, int longest)
    {
        var clean = new StringBuilder(Math.Min(text.Length, longest));
        foreach (var rune in text.EnumerateRunes())
        {
            if (!IsVisible(rune))
                continue;
            if (clean.Length + rune.Utf16SequenceLength > longest)
            {
                while (clean.Length > longest - 1 || (clean.Length > 0 && char.IsHighSurrogate(clean[^1])))
                    clean.Length--;
                return clean.Append('…').ToString();
            }

            clean.Append(rune.ToString());
        }

        return clean.ToString();
    }

    private static bool IsVisible(Rune rune) => rune.IsAscii
        ? rune.Value is >= ' ' and < 127
        : Rune.GetUnicodeCategory(rune) is not (UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator);
}

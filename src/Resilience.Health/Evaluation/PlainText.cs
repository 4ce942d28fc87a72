using System.Buffers;
using System.Text;

#if HEALTH_ENDPOINTS
namespace Resilience.Health.AspNetCore; // Compiled in there as well.
#else
namespace Resilience.Health;
#endif

/// <summary>Text that any reader can bear: not long, and without halves of characters.</summary>
internal static class PlainText
{
    private const string Cut = "…";

    /// <returns>
    /// The same text if it is in order. Else at most so many UTF-16 units of it, the last of them "…" if it was cut, lone surrogates replaced with U+FFFD.
    /// </returns>
    public static string Of(string text, int most)
    {
        if (text.Length <= most)
            return IsWellFormed(text) ? text : Repaired(text);
        var end = most - Cut.Length;
        if (char.IsHighSurrogate(text[end - 1]) && char.IsLowSurrogate(text[end]))
            end--;
        return Repaired(text.AsSpan(0, end)) + Cut;
    }

    public static bool IsWellFormed(ReadOnlySpan<char> text)
    {
        for (var next = text.IndexOfAnyInRange('\uD800', '\uDFFF'); next >= 0; next = text.IndexOfAnyInRange('\uD800', '\uDFFF'))
        {
            if (Rune.DecodeFromUtf16(text[next..], out _, out _) != OperationStatus.Done)
                return false;
            text = text[(next + 2)..];
        }

        return true;
    }

    private static string Repaired(ReadOnlySpan<char> text)
    {
        if (IsWellFormed(text))
            return text.ToString();
        var repaired = new StringBuilder(text.Length);
        foreach (var rune in text.EnumerateRunes()) // Gives U+FFFD for what is none.
            repaired.Append(rune);
        return repaired.ToString();
    }
}

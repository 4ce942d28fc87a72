namespace Resilience.Health;

/// <summary>Finds what somebody meant who wrote something else.</summary>
internal static class Words
{
    /// <returns>The known word that this is a slip of: not itself, and one edit away, or two if it is long. Null if there is none.</returns>
    public static string? Near(string word, IEnumerable<string> known)
    {
        string? nearest = null;
        var least = int.MaxValue;
        foreach (var other in known)
        {
            if (other.Equals(word, StringComparison.OrdinalIgnoreCase))
                return null;
            var distance = Distance(word, other);
            if (distance <= (other.Length > 5 ? 2 : 1) && distance < least)
                (nearest, least) = (other, distance);
        }

        return nearest;
    }

    /// <summary>
    /// Whether a tag can hardly mean anything but this word: two letters exchanged, one doubled, a hyphen in it; of a long word, also one letter too few, too many or wrong. Words
    /// that are near a short one by chance (love, line, five) are none.
    /// </summary>
    public static bool IsSlip(string tag, string word)
    {
        if (tag.Equals(word, StringComparison.OrdinalIgnoreCase))
            return false;
        var plain = string.Concat(tag.Where(char.IsLetterOrDigit)).ToUpperInvariant();
        var wanted = word.ToUpperInvariant();
        if (plain == wanted || wanted.Length > 5 && Distance(plain, wanted) == 1)
            return true;
        for (var i = 0; i < wanted.Length; i++)
        {
            if (plain == wanted[..i] + wanted[i] + wanted[i..] || i > 0 && plain == wanted[..(i - 1)] + wanted[i] + wanted[i - 1] + wanted[(i + 1)..])
                return true;
        }

        return false;
    }

    /// <summary>Letters to insert, remove or replace; what is far apart anyway is not counted out.</summary>
    private static int Distance(string a, string b)
    {
        if (Math.Abs(a.Length - b.Length) > 2)
            return int.MaxValue;
        var row = new int[b.Length + 1];
        for (var j = 0; j <= b.Length; j++)
            row[j] = j;
        for (var i = 1; i <= a.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= b.Length; j++)
            {
                var same = char.ToUpperInvariant(a[i - 1]) == char.ToUpperInvariant(b[j - 1]);
                (diagonal, row[j]) = (row[j], Math.Min(diagonal + (same ? 0 : 1), 1 + Math.Min(row[j], row[j - 1])));
            }
        }

        return row[b.Length];
    }
}

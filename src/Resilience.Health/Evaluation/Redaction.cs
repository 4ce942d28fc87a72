using System.Buffers;
using System.Text;

#if HEALTH_ENDPOINTS
namespace Resilience.Health.AspNetCore; // Compiled in there as well.
#else
namespace Resilience.Health;
#endif

/// <summary>
/// Takes passwords out of text that others wrote, such as the messages of exceptions. In doubt it takes too much: what follows <c>password=</c> goes up to the
/// next semicolon or the line's end, for that is how far a connection string's value may reach.
/// </summary>
internal static class Redaction
{
    public const int Longest = 2_000;
    private const char Gone = '…';

    // More than this is not looked at, and not shown: however long the text, the work is bounded.
    private const int Window = 2 * Longest;

    private static readonly string[] Schemes = ["bearer", "basic"];

    // Headers whose whole line is one.
    private static readonly string[] Headers = ["authorization", "cookie"];

    // Signatures of Azure Storage, keys of Azure Functions and of Google, codes of OAuth: elsewhere these are words like others.
    private static readonly string[] Parameters = ["?sig=", "&sig=", "?code=", "&code=", "?key=", "&key="];

    private static readonly SearchValues<string> Triggers =
        SearchValues.Create([.. SecretNames.InText, .. Schemes, .. Headers, .. Parameters, SecretText.PemBegin, "://"], StringComparison.OrdinalIgnoreCase);

    /// <returns>The same text if there is nothing to take out and it is no longer than <see cref="Longest"/>.</returns>
    public static string Of(string text)
    {
        var whole = text.Length <= Window;
        var seen = whole ? text.AsSpan() : text.AsSpan(0, Window);
        var next = seen.IndexOfAny(Triggers);
        if (next < 0)
            return PlainText.Of(text, Longest);

        var kept = new StringBuilder(seen.Length);
        var done = 0;
        while (next >= 0)
        {
            var at = done + next;
            var (start, end) = SecretAt(seen, at, whole);
            if (end > start)
                kept.Append(seen[done..start]).Append(Gone);
            else
                kept.Append(seen[done..end]);
            done = end;
            next = seen[done..].IndexOfAny(Triggers);
        }

        kept.Append(seen[done..]);
        if (!whole)
            kept.Append(Gone);
        return PlainText.Of(kept.ToString(), Longest);
    }

    /// <summary>Where the secret lies that this trigger announces. If it announces none, the end is where to look on.</summary>
    private static (int Start, int End) SecretAt(ReadOnlySpan<char> text, int at, bool whole)
    {
        if (Starts(text, at, "://"))
            return SecretText.UserInfo(text, at + 3, whole);
        if (Starts(text, at, SecretText.PemBegin))
            return SecretText.Pem(text, at + SecretText.PemBegin.Length);
        foreach (var parameter in Parameters)
        {
            if (Starts(text, at, parameter))
                return SecretText.Parameter(text, at + parameter.Length);
        }

        foreach (var header in Headers)
        {
            if (Starts(text, at, header))
                return SecretText.HeaderValue(text, at + header.Length);
        }

        foreach (var scheme in Schemes)
        {
            if (Starts(text, at, scheme))
                return SecretText.Credentials(text, at + scheme.Length);
        }

        foreach (var name in SecretNames.InText)
        {
            if (!Starts(text, at, name))
                continue;
            var end = SecretNames.End(text, at + name.Length);
            return SecretNames.IsNameInText(text[..end], at) && SecretText.Value(text, at, end) is { } found ? found : (at + name.Length, at + name.Length);
        }

        return (at + 1, at + 1);
    }

    private static bool Starts(ReadOnlySpan<char> text, int at, string with) => text[at..].StartsWith(with, StringComparison.OrdinalIgnoreCase);
}

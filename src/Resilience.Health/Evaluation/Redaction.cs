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

    private static readonly string[] Keys =
    [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "apikey", "api-key", "api_key", "api key", "accountkey", "account_key", "accesskey",
        "access_key", "access-key", "access key", "sharedaccesskey", "sharedaccesssignature",
    ];

    private static readonly string[] Schemes = ["bearer", "basic"];

    private static readonly SearchValues<string> Triggers =
        SearchValues.Create([.. Keys, .. Schemes, "authorization", "://"], StringComparison.OrdinalIgnoreCase);

    /// <summary>Whether a value by this name is to be shown to nobody.</summary>
    public static bool IsSecret(string key) => Array.Exists(Keys, secret => secret.Equals(key, StringComparison.OrdinalIgnoreCase));

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
        if (Starts(text, at, "authorization"))
            return SecretText.HeaderValue(text, at + "authorization".Length);
        foreach (var scheme in Schemes)
        {
            if (Starts(text, at, scheme))
                return SecretText.Credentials(text, at + scheme.Length);
        }

        foreach (var key in Keys)
        {
            if (Starts(text, at, key) && SecretText.Value(text, at, at + key.Length) is { } found)
                return found;
        }

        return (at + 1, at + 1);
    }

    private static bool Starts(ReadOnlySpan<char> text, int at, string with) => text[at..].StartsWith(with, StringComparison.OrdinalIgnoreCase);
}

#if HEALTH_ENDPOINTS
namespace Resilience.Health.AspNetCore; // Compiled in there as well.
#else
namespace Resilience.Health;
#endif

/// <summary>By which names secrets go, however they are written: <c>clientSecret</c>, <c>CLIENT_SECRET</c>, <c>client-secret</c>. In doubt a name is taken for one.</summary>
internal static class SecretNames
{
    private const string Pass = "pass";
    private const int Longest = 64; // Or the time would grow with the square of the text.

    // Without what sets words apart, and in small letters. A name that contains one of them is secret.
    private static readonly string[] Words =
    [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "credential", "dbpass", "userpass", "apikey", "accountkey", "accesskey", "privatekey", "signingkey", "encryptionkey",
        "sharedkey", "storagekey", "subscriptionkey", "sharedaccesssignature", "connectionstring", "cookie", "authorization",
    ];

    // The whole name.
    private static readonly string[] Whole = ["sig", "sas", "jwt", "bearer"];

    // Tell of a secret, and not the secret.
    private static readonly string[] Harmless = ["name", "type", "count", "length", "path", "file", "expires", "expiry"];

    /// <summary>What in a text may be a part of such a name, in small letters. No connection strings: what is secret in them has names of its own.</summary>
    public static string[] InText { get; } =
    [
        "password", "passwd", "passphrase", "pwd", "secret", "token", "sharedaccesssignature",
        .. from first in (string[])["api", "account", "access", "private", "signing", "encryption", "shared", "storage", "subscription"]
           from between in (string[])["", "_", "-", " ", "."]
           select first + between + "key",
        Pass,
    ];

    /// <summary>Whether a value by this name is to be shown to nobody.</summary>
    public static bool IsSecret(string name)
    {
        var plain = string.Concat(name.Where(char.IsLetterOrDigit)).ToLowerInvariant();
        return !Array.Exists(Harmless, end => plain.EndsWith(end, StringComparison.Ordinal))
            && (Array.Exists(Words, word => plain.Replace("secretar", "", StringComparison.Ordinal).Contains(word, StringComparison.Ordinal))
                || Array.Exists(Whole, whole => plain == whole)
                || (name.EndsWith(Pass, StringComparison.OrdinalIgnoreCase) && IsWord(name, name.Length - Pass.Length)));
    }

    /// <summary>Where the name ends of which this is a part: <c>SECRET_KEY</c>, <c>tokenValue</c>.</summary>
    public static int End(ReadOnlySpan<char> text, int end)
    {
        var last = Math.Min(text.Length, end + Longest);
        while (end < last && IsPart(text[end]))
            end++;
        return end;
    }

    /// <summary>Whether the text ends with a secret's name that has a part of <see cref="InText"/> here.</summary>
    public static bool IsNameInText(ReadOnlySpan<char> text, int at)
    {
        var name = text[at..];
        foreach (var end in Harmless)
        {
            if (name.EndsWith(end, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        if (name.Equals("tokens", StringComparison.OrdinalIgnoreCase) || name.StartsWith("secretar", StringComparison.OrdinalIgnoreCase))
            return false;
        return !name.StartsWith(Pass, StringComparison.OrdinalIgnoreCase) || name.StartsWith("passw", StringComparison.OrdinalIgnoreCase)
            || name.StartsWith("passphrase", StringComparison.OrdinalIgnoreCase) || (name.Length == Pass.Length && IsWord(text, at));
    }

    public static bool IsPart(char letter) => char.IsLetterOrDigit(letter) || letter is '_' or '-' or '.';

    // Whether a word begins here: after no letter, or with a large one after a small one. Compass is no password.
    private static bool IsWord(ReadOnlySpan<char> text, int at) => at == 0 || !char.IsLetter(text[at - 1]) || (char.IsUpper(text[at]) && char.IsLower(text[at - 1]));
}

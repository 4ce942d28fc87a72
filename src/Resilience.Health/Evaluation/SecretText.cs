using System.Buffers;

#if HEALTH_ENDPOINTS
namespace Resilience.Health.AspNetCore; // Compiled in there as well.
#else
namespace Resilience.Health;
#endif

/// <summary>How far a secret reaches that <see cref="Redaction"/> has found the beginning of: start and end, equal if there is none.</summary>
internal static class SecretText
{
    public const string PemBegin = "-----begin ";
    private const string PemEnd = "-----end ", PemSecret = "private key";
    private const int LongestPemName = 40;

    private static readonly SearchValues<char> Blanks = SearchValues.Create(" \t\r\n\f\v");
    private static readonly SearchValues<char> AddressEnd = SearchValues.Create(" \t\r\n\f\v\"<>");
    private static readonly SearchValues<char> AuthorityEnd = SearchValues.Create("/?#\\");
    private static readonly SearchValues<char> QueryEnd = SearchValues.Create(" \t\r\n\f\v&#\"'<>");
    private static readonly SearchValues<char> TokenEnd = SearchValues.Create(" \t\r\n\f\v,;\"'");
    private static readonly SearchValues<char> JsonEnd = SearchValues.Create(" \t\r\n\f\v,}]");
    private static readonly SearchValues<char> LineEnd = SearchValues.Create("\r\n");
    private static readonly SearchValues<char> ElementEnd = SearchValues.Create("<");
    private static readonly SearchValues<char> AssignmentEnd = SearchValues.Create(";\r\n");

    // What follows "basic" and "bearer" in prose and in challenges.
    private static readonly string[] Prose = ["authentication", "authorization", "auth", "token", "tokens", "credentials", "scheme", "challenge", "realm"];

    /// <summary>User and password between <c>://</c> and <c>@</c>.</summary>
    public static (int Start, int End) UserInfo(ReadOnlySpan<char> text, int start, bool whole)
    {
        var address = Until(text[start..], AddressEnd);
        var authority = Until(address, AuthorityEnd);
        var at = authority.LastIndexOf('@');
        if (at < 0 && authority.LastIndexOf(':') is >= 0 and var colon && authority[(colon + 1)..].ContainsAnyExceptInRange('0', '9'))
            at = address.LastIndexOf('@'); // Neither host nor port: a password with a slash in it.
        if (at < 0 && !whole && start + address.Length == text.Length)
            at = address.Length; // The @ may stand where nobody looks.
        return (start, start + Math.Max(at, 0));
    }

    /// <summary>All of the line after the colon.</summary>
    public static (int Start, int End) HeaderValue(ReadOnlySpan<char> text, int nameEnd)
    {
        if (ValueStart(text, nameEnd, out _, out _) is not { } start)
            return (nameEnd, nameEnd);
        return Quoted(text, start) ?? (start, start + Until(text[start..], LineEnd).Length);
    }

    /// <summary>What follows the name of an authentication scheme.</summary>
    public static (int Start, int End) Credentials(ReadOnlySpan<char> text, int schemeEnd)
    {
        var start = SkipBlanks(text, schemeEnd);
        var token = Until(text[start..], TokenEnd);
        return start == schemeEnd || IsProse(token) ? (start, start) : (start, start + token.Length);
    }

    /// <summary>The value of a parameter in a query.</summary>
    public static (int Start, int End) Parameter(ReadOnlySpan<char> text, int start) => (start, start + Until(text[start..], QueryEnd).Length);

    /// <summary>A private key between its lines; certificates and public keys are not secret. One without an end is the rest of the text.</summary>
    public static (int Start, int End) Pem(ReadOnlySpan<char> text, int nameStart)
    {
        var name = text.Slice(nameStart, Math.Min(LongestPemName, text.Length - nameStart));
        if (name.IndexOf(PemSecret, StringComparison.OrdinalIgnoreCase) is var secret && secret < 0)
            return (nameStart, nameStart);
        var start = nameStart + secret + PemSecret.Length;
        var end = text[start..].IndexOf(PemEnd, StringComparison.OrdinalIgnoreCase);
        return (start, end < 0 ? text.Length : start + end);
    }

    /// <summary>What is assigned to a key; null if nothing is.</summary>
    public static (int Start, int End)? Value(ReadOnlySpan<char> text, int key, int keyEnd)
    {
        if (IsElement(text, key, keyEnd))
            return (keyEnd + 1, keyEnd + 1 + Until(text[(keyEnd + 1)..], ElementEnd).Length);
        if (ValueStart(text, keyEnd, out var isAssignment, out var isJson) is not { } start)
            return null;
        if (Quoted(text, start) is { } quoted)
            return quoted;
        var rest = text[start..];
        var value = isAssignment && IsInQuery(text[..key]) ? Until(rest, QueryEnd)
            : isAssignment ? Until(rest, AssignmentEnd)
            : isJson ? Until(rest, JsonEnd)
            : Until(rest, Blanks);
        if (value.Equals("bearer", StringComparison.OrdinalIgnoreCase) || value.Equals("basic", StringComparison.OrdinalIgnoreCase))
            value = Until(rest, LineEnd);
        return (start, start + value.Length);
    }

    /// <summary>Whether <c>&lt;name&gt;</c> stands there, and not <c>&lt;/name&gt;</c>.</summary>
    private static bool IsElement(ReadOnlySpan<char> text, int key, int keyEnd)
    {
        if (keyEnd >= text.Length || text[keyEnd] != '>')
            return false;
        var before = text[..key];
        while (before.Length > 0 && (SecretNames.IsPart(before[^1]) || before[^1] == ':'))
            before = before[..^1];
        return before.Length > 0 && before[^1] == '<';
    }

    private static int? ValueStart(ReadOnlySpan<char> text, int keyEnd, out bool isAssignment, out bool isJson)
    {
        var at = SkipQuote(text, keyEnd);
        isJson = at > keyEnd;
        at = SkipBlanks(text, at);
        isAssignment = at < text.Length && text[at] == '=';
        if (!isAssignment && (at >= text.Length || text[at] != ':'))
            return null;
        while (at < text.Length && text[at] is ':' or '=' or '>') // Also :=, ==, =>.
            at++;
        return SkipBlanks(text, at);
    }

    /// <summary>
    /// What stands between quotes, which may be escaped, in JSON within JSON, and may contain themselves, escaped or doubled. An open end is the text's end.
    /// </summary>
    private static (int Start, int End)? Quoted(ReadOnlySpan<char> text, int at)
    {
        var start = SkipQuote(text, at);
        if (start == at)
            return null;
        var quote = text[start - 1];
        var escapes = start - 1 - at;
        for (var end = start; end < text.Length; end++)
        {
            if (text[end] != quote || Escapes(text[start..end]) > escapes)
                continue;
            if (escapes > 0)
                return (start, end - Math.Min(escapes, Escapes(text[start..end])));
            if (end + 1 == text.Length || text[end + 1] != quote)
                return (start, end);
            end++;
        }

        return (start, text.Length);
    }

    private static int SkipQuote(ReadOnlySpan<char> text, int at)
    {
        var quote = text[at..].IndexOfAnyExcept('\\');
        return quote >= 0 && text[at + quote] is '"' or '\'' ? at + quote + 1 : at;
    }

    private static int Escapes(ReadOnlySpan<char> before) => before.Length - 1 - before.LastIndexOfAnyExcept('\\');

    private static int SkipBlanks(ReadOnlySpan<char> text, int at)
    {
        var count = text[at..].IndexOfAnyExcept(Blanks);
        return count < 0 ? text.Length : at + count;
    }

    private static bool IsInQuery(ReadOnlySpan<char> before)
    {
        while (before.Length > 0 && (char.IsAsciiLetterOrDigit(before[^1]) || before[^1] is '_' or '-'))
            before = before[..^1];
        return before.Length > 0 && before[^1] is '?' or '&';
    }

    private static bool IsProse(ReadOnlySpan<char> token)
    {
        var word = token[..(token.IndexOf('=') is >= 0 and var end ? end : token.Length)].TrimEnd('.');
        foreach (var known in Prose)
        {
            if (word.Equals(known, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    private static ReadOnlySpan<char> Until(ReadOnlySpan<char> text, SearchValues<char> end) => text.IndexOfAny(end) is >= 0 and var at ? text[..at] : text;
}

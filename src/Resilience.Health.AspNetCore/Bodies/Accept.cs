using Microsoft.Extensions.Primitives;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// Chooses a format by the <c>Accept</c> header (RFC 9110, 12.5.1). Never refuses: who can use none of ours gets JSON, and so do browsers. Equal wishes are met
/// in the order of <see cref="BodyFormat"/>; text that was not asked for by its full name comes last.
/// </summary>
internal static class Accept
{
    public static BodyFormat Choose(StringValues header)
    {
        var wishes = default(AcceptWishes);
        foreach (var line in header)
            Read(ref wishes, line);
        return wishes.Best();
    }

    public static BodyFormat Choose(ReadOnlySpan<char> header)
    {
        var wishes = default(AcceptWishes);
        Read(ref wishes, header);
        return wishes.Best();
    }

    private static void Read(ref AcceptWishes wishes, ReadOnlySpan<char> header)
    {
        while (!header.IsEmpty)
        {
            var range = Next(ref header, ',');
            var type = Next(ref range, ';').Trim();
            if (!type.IsEmpty && Quality(range) is { } quality)
                wishes.Add(type, quality);
        }
    }

    /// <summary>In thousandths; null if it is none, and the range is to be ignored.</summary>
    private static int? Quality(ReadOnlySpan<char> parameters)
    {
        while (!parameters.IsEmpty)
        {
            var parameter = Next(ref parameters, ';').Trim();
            if (parameter.Length > 1 && parameter[0] is 'q' or 'Q' && parameter[1..].TrimStart() is ['=', .. var value])
                return Thousandths(value.Trim());
        }

        return 1_000;
    }

    private static int? Thousandths(ReadOnlySpan<char> text)
    {
        var decimals = text;
        var whole = Next(ref decimals, '.');
        if (text.Length is < 1 or > 5 || text is "." || whole is not ("0" or "1" or ""))
            return null;
        var thousandths = whole is "1" ? 1_000 : 0;
        for (int place = 0, weight = 100; place < decimals.Length; place++, weight /= 10)
        {
            if (!char.IsAsciiDigit(decimals[place]))
                return null;
            thousandths += (decimals[place] - '0') * weight;
        }

        return thousandths <= 1_000 ? thousandths : null;
    }

    /// <summary>Takes off what stands before the next separator outside of quotes.</summary>
    private static ReadOnlySpan<char> Next(ref ReadOnlySpan<char> text, char separator)
    {
        var isQuoted = false;
        for (var at = 0; at < text.Length; at++)
        {
            if (text[at] == '"')
                isQuoted = !isQuoted;
            else if (isQuoted && text[at] == '\\')
                at++;
            else if (!isQuoted && text[at] == separator)
            {
                var before = text[..at];
                text = text[(at + 1)..];
                return before;
            }
        }

        var all = text;
        text = [];
        return all;
    }
}

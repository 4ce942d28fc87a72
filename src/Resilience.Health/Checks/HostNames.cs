using System.Globalization;

namespace Resilience.Health;

/// <summary>Names and addresses of hosts, as users write them.</summary>
internal static class HostNames
{
    private const int Longest = 253; // RFC 1035, section 2.3.4, as text.

    public static bool IsOne(string host) => host.Length <= Longest && Uri.CheckHostName(host) != UriHostNameType.Unknown && !host.StartsWith('[');

    /// <summary>The host of a URI as it is looked up, without brackets; null if it cannot be.</summary>
    public static string? Of(Uri uri)
    {
        try
        {
            return uri.IdnHost.Trim('[', ']') is var host && IsOne(host) ? host : null;
        }
        catch (UriFormatException)
        {
            return null; // Letters that no name may have are found only here.
        }
    }

    /// <summary><c>host</c>, <c>host:port</c>, <c>::1</c>, <c>[::1]:port</c>. The port is null if there is none.</summary>
    /// <returns>False if it is none of them.</returns>
    public static bool TrySplit(string text, out string host, out int? port)
    {
        (host, var rest, port) = (text, "", null);
        if (text.StartsWith('[') && text.IndexOf(']') is > 0 and var end)
            (host, rest) = (text[1..end], text[(end + 1)..]);
        else if (text.IndexOf(':') is >= 0 and var colon && colon == text.LastIndexOf(':')) // More of them are an IPv6 address.
            (host, rest) = (text[..colon], text[colon..]);
        if (!IsOne(host))
            return false;
        if (rest.Length == 0)
            return true;
        if (rest[0] != ':' || !int.TryParse(rest.AsSpan(1), NumberStyles.None, CultureInfo.InvariantCulture, out var number) || number is < 1 or > 65535)
            return false;
        port = number;
        return true;
    }
}

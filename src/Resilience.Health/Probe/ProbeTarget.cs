using System.Net;

namespace Resilience.Health;

/// <summary>What the probe asks: an address and path, a unix socket and path, or a file. Not a <see cref="Uri"/>, which cannot say the half of these.</summary>
internal sealed class ProbeTarget
{
    private const string Http = "http://", Https = "https://", Unix = "unix:", FilePrefix = "file:";

    private ProbeTarget(string path) => Path = path;

    public string? File { get; private init; }

    public string? Socket { get; private init; }

    /// <summary>This machine's loopback, IPv4 or IPv6; the host is then only a name to send.</summary>
    public bool IsLoopback { get; private init; }

    /// <summary>A name, or an IPv6 address without its brackets.</summary>
    public string Host { get; private init; } = "localhost";

    public int Port { get; private init; }

    public bool IsSecure { get; private init; }

    /// <summary>With the query.</summary>
    public string Path { get; }

    /// <summary>The value of the Host header.</summary>
    public string Authority => Socket is not null ? "localhost" : $"{(Host.Contains(':', StringComparison.Ordinal) ? $"[{Host}]" : Host)}:{Port}";

    /// <summary>For reading. Without the query, which may hold a key.</summary>
    public string Shown => File ?? (Socket is null ? (IsSecure ? Https : Http) + Authority : $"{Unix}{Socket}:") + Path.Split('?')[0];

    /// <summary>Understands what somebody wrote.</summary>
    /// <param name="text">What.</param>
    /// <param name="usualPath">Taken where it has no path.</param>
    /// <param name="isOwn">It is what the application listens on: as Kestrel reads it, where every name but localhost means all addresses.</param>
    /// <param name="fault">Why it cannot be understood.</param>
    public static ProbeTarget? Parse(string text, string usualPath, bool isOwn, out string fault)
    {
        text = text.Trim();
        fault = "";
        if (TryPort(text, out var port))
            return new(usualPath) { IsLoopback = true, Port = port };
        if (text.StartsWith(Http, StringComparison.OrdinalIgnoreCase))
            return At(text, text[Http.Length..], isSecure: false, usualPath, isOwn, out fault);
        if (text.StartsWith(Https, StringComparison.OrdinalIgnoreCase))
            return At(text, text[Https.Length..], isSecure: true, usualPath, isOwn, out fault);
        if (text.StartsWith(Unix, StringComparison.OrdinalIgnoreCase))
            return At(text, text, isSecure: false, usualPath, isOwn, out fault);
        if (FilePath(text) is { Length: > 0 } file)
            return new(usualPath) { File = file };

        fault = $"'{text}' is no URL (http://localhost:8080/health), port (8080), socket (unix:/run/app.sock) or file (/run/app/health, ./health)";
        return null;
    }

    private static ProbeTarget? At(string text, string rest, bool isSecure, string usualPath, bool isOwn, out string fault)
    {
        var isSocket = rest.StartsWith(Unix, StringComparison.OrdinalIgnoreCase);
        if (isSocket)
            rest = rest[Unix.Length..];
        rest = rest.Split('#')[0];

        // A socket's path ends at a second colon, as Kestrel and nginx have it; the first two characters may be a drive.
        var slash = !isSocket ? rest.IndexOfAny(['/', '?']) : rest.Length > 2 ? rest.IndexOf(':', 2) : -1;
        var where = slash < 0 ? rest : rest[..slash];
        var path = slash < 0 ? "" : rest[(isSocket ? slash + 1 : slash)..];
        if (path is "" or "/")
            path = usualPath;
        else if (path[0] != '/')
            path = "/" + path;

        fault = "";
        if (where.Contains('@', StringComparison.Ordinal) && !isSocket)
            fault = "a URL with user and password: that is not supported"; // And not repeated: it is secret.
        else if (path.AsSpan().ContainsAnyExceptInRange('!', '~'))
            fault = $"the path of '{text}' has characters that a URL must write with %";
        else if (isSocket)
            return where.Length > 0 ? new(path) { Socket = where, IsSecure = isSecure } : Fail($"'{text}' names no socket", out fault);
        else if (!Split(where, isSecure, out var host, out var port))
            fault = $"'{text}' has no valid host and port";
        else if (port == 0)
            fault = $"'{text}' leaves the port to the system: name it";
        else
            return new(path) { Host = Name(host), Port = port, IsSecure = isSecure, IsLoopback = IsLocal(host, isOwn) };
        return null;
    }

    private static ProbeTarget? Fail(string what, out string fault)
    {
        fault = what;
        return null;
    }

    private static bool Split(string authority, bool isSecure, out string host, out int port)
    {
        port = isSecure ? 443 : 80;
        var end = authority.StartsWith('[') ? authority.IndexOf(']', StringComparison.Ordinal) + 1 : authority.IndexOf(':', StringComparison.Ordinal);
        if (end < 0)
            end = authority.Length;
        host = authority[..end];
        if (end < authority.Length && (authority[end] != ':' || !TryPort(authority.AsSpan(end + 1), out port)))
            return false;
        if (!host.StartsWith('['))
            return host.Length is > 0 and <= 255 && !host.AsSpan().ContainsAnyExceptInRange('!', '~');
        host = host[1..^1];
        return IPAddress.TryParse(host, out _);
    }

    private static string Name(string host) => host is "*" or "+" or "0.0.0.0" or "::" ? "localhost" : host;

    private static bool IsLocal(string host, bool isOwn) =>
        Name(host).Equals("localhost", StringComparison.OrdinalIgnoreCase) || (isOwn && !IPAddress.TryParse(host, out _));

    private static bool TryPort(ReadOnlySpan<char> text, out int port)
    {
        port = 0;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit(digit) || (port = (port * 10) + digit - '0') > ushort.MaxValue)
                return false;
        }

        return text.Length > 0;
    }

    private static string? FilePath(string text)
    {
        if (text.StartsWith(FilePrefix, StringComparison.OrdinalIgnoreCase))
            return text.StartsWith("file:///", StringComparison.OrdinalIgnoreCase) ? text["file://".Length..] : text[FilePrefix.Length..];
        return text.StartsWith('.') || System.IO.Path.IsPathRooted(text) ? text : null;
    }
}

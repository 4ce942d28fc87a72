using System.Globalization;
using Microsoft.Extensions.Configuration;

namespace Resilience.Health;

/// <summary>
/// Reads both forms in use: StackExchange.Redis' <c>host:port,host,key=value,…</c> (https://stackexchange.github.io/StackExchange.Redis/Configuration) and URIs
/// (https://www.iana.org/assignments/uri-schemes/prov/redis). Faults name keys, never values: any of them may be, or hold, a password.
/// </summary>
internal static class RedisConnectionString
{
    private const int DefaultPort = 6379;

    // What that library knows and what does not change whether a server is well.
    private static readonly HashSet<string> Ignored = new(StringComparer.OrdinalIgnoreCase)
    {
        "abortConnect", "allowAdmin", "asyncTimeout", "channelPrefix", "checkCertificateRevocation", "configChannel", "configCheckSeconds", "connectRetry",
        "connectTimeout", "defaultVersion", "heartbeatConsistencyChecks", "heartbeatInterval", "highIntegrity", "includeDetailInExceptions", "includePerformanceCountersInExceptions", "keepAlive", "libName",
        "name", "preserveAsyncOrder", "protocol", "proxy", "resolveDns", "responseTimeout", "setlib", "sslProtocols", "syncTimeout", "tieBreaker", "version", "writeBuffer",
    };

    public static RedisTarget? Parse(string text, List<string> faults)
    {
        var before = faults.Count;
        var target = text.Trim() is var trimmed && IsUri(trimmed) ? FromUri(trimmed, faults) : FromList(trimmed, faults);
        if (target.Endpoints.Count == 0 && faults.Count == before)
            faults.Add("It names no server: write it as host:port.");
        if (target.User is not null && target.Password is null)
            faults.Add("It has a user but no password: give both, or the password alone.");
        return faults.Count == before ? target : null;
    }

    /// <summary>What <c>ConnectionStrings:&lt;name&gt;</c> says, or what is wrong with it.</summary>
    public static (RedisTarget? Target, string? Fault) Configured(string name, IConfiguration? configuration)
    {
        var faults = new List<string>();
        var text = configuration?.GetConnectionString(name);
        if (string.IsNullOrWhiteSpace(text))
            return (null, $"ConnectionStrings:{name} is missing: set it, as host:port or redis://host:port, or give AddRedisCheck the connection string.");
        var target = Parse(text, faults);
        return (target, target is null ? $"ConnectionStrings:{name} cannot be used. {string.Join(' ', faults)}" : null);
    }

    private static bool IsUri(string text) => text.Split(',', 2)[0].Split('=', 2)[0].Contains("://", StringComparison.Ordinal);

    private static RedisTarget FromUri(string text, List<string> faults)
    {
        var target = new RedisTarget([]);
        if (!text.StartsWith("redis://", StringComparison.OrdinalIgnoreCase) && !text.StartsWith("rediss://", StringComparison.OrdinalIgnoreCase))
        {
            faults.Add("It is a URI but begins with neither redis:// nor rediss://.");
            return target;
        }

        if (!Uri.TryCreate(text, UriKind.Absolute, out var uri) || uri.Host.Length == 0)
        {
            faults.Add("It is no valid URI: percent-encode what is special in user and password, and write it as redis://user:password@host:port/0.");
            return target;
        }

        if (uri.Query.Length > 0 || uri.Fragment.Length > 0)
            faults.Add("It has a query or a fragment, which this check does not know: write a database as /0, and a ? or # in a password as %3F or %23.");
        var database = 0;
        var path = uri.AbsolutePath.Trim('/');
        if (path.Length > 0 && !IsNumber(path, out database))
            faults.Add("Its path is no database: write /0, or percent-encode a / in the password as %2F.");
        var port = uri.Port == -1 ? DefaultPort : uri.Port;
        if (port is < 1 or > 65535)
            faults.Add("Its port is not one: 1 to 65535.");
        var (user, password) = uri.UserInfo.Split(':', 2) is [var first, var second]
            ? (Uri.UnescapeDataString(first), Uri.UnescapeDataString(second))
            : (Uri.UnescapeDataString(uri.UserInfo), null);
        if (user.Length > 0 && password is null)
        {
            faults.Add("It has one word before the @: write user:password@, or :password@ for a password alone.");
            user = "";
        }

        var host = HostNames.Of(uri);
        if (host is null)
            faults.Add("Its host is neither a name nor an address.");
        return new RedisTarget(
            [new(host ?? "", port)], user.Length > 0 ? user : null, password is { Length: > 0 } ? password : null,
            uri.Scheme.Equals("rediss", StringComparison.OrdinalIgnoreCase), null, database);
    }

    private static RedisTarget FromList(string text, List<string> faults)
    {
        var target = new RedisTarget([]);
        List<(string Host, int? Port)> endpoints = [];
        var parts = text.Split(',', StringSplitOptions.TrimEntries);
        for (var i = 0; i < parts.Length; i++)
        {
            if (parts[i].Split('=', 2, StringSplitOptions.TrimEntries) is [var key, var value])
                target = Option(target, key, value, i, faults);
            else if (parts[i].Length == 0)
                continue;
            else if (target.Password is not null)
                faults.Add($"Its part {i + 1} is no key=value. Write servers before the password; a password that has a comma needs the form redis://:password@host with %2C for it.");
            else if (HostNames.TrySplit(parts[i], out var host, out var given))
                endpoints.Add((host, given));
            else
                faults.Add($"Its part {i + 1} is neither key=value nor host:port with a port from 1 to 65535.");
        }

        // Where that library goes when no port is given; URIs of both kinds mean 6379.
        var port = target.UsesTls ? 6380 : DefaultPort;
        return target with { Endpoints = [.. endpoints.Select(endpoint => new RedisEndpoint(endpoint.Host, endpoint.Port ?? port))] };
    }

    private static RedisTarget Option(RedisTarget target, string key, string value, int index, List<string> faults)
    {
        var known = key.ToUpperInvariant();
        switch (known)
        {
            case "PASSWORD":
                return target with { Password = value.Length > 0 ? value : null };
            case "USER":
                return target with { User = value.Length > 0 ? value : null };
            case "SSLHOST":
                return target with { TlsHost = value.Length > 0 ? value : null };
            case "SSL" when value.ToUpperInvariant() is "TRUE" or "FALSE" or "YES" or "NO":
                return target with { UsesTls = value.ToUpperInvariant() is "TRUE" or "YES" };
            case "SSL":
                faults.Add("Its ssl must be true or false.");
                return target;
            case "DEFAULTDATABASE" when IsNumber(value, out var database):
                return target with { Database = database };
            case "DEFAULTDATABASE":
                faults.Add("Its defaultDatabase must be a whole number from 0.");
                return target;
            case "SERVICENAME" or "TUNNEL":
                faults.Add($"Its {key} asks for a way to the server that this check does not know: give it the server's own host:port.");
                return target;
            default:
                // Commands under other names ($CONFIG=) are that library's own matter.
                if (!Ignored.Contains(key) && !key.StartsWith('$'))
                    faults.Add($"Its key {Shown(key, index, target)} is unknown.");
                return target;
        }
    }

    // A comma in a password cuts it in two, and the second half looks like a key.
    private static string Shown(string key, int index, RedisTarget target) =>
        target.Password is null && key.Length <= 40 && key.All(char.IsAsciiLetter) ? $"'{key}'" : $"in part {index + 1}";

    private static bool IsNumber(string text, out int number) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
}

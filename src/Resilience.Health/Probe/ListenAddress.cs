using System.Collections;

namespace Resilience.Health;

/// <summary>
/// Where a web application listens, by its command line and environment: read as <c>WebApplication.CreateBuilder</c> and Kestrel do, without building either.
/// The precedence was measured with ASP.NET Core 10.
/// </summary>
internal static class ListenAddress
{
    private const string Endpoints = "Kestrel:Endpoints:";

    // Lowest first: what comes later wins. The command line comes last.
    private static readonly string[] Prefixes = ["ASPNETCORE_", "DOTNET_", ""];

    /// <summary>One address, as it was written; null if there is none.</summary>
    public static string? Find(ReadOnlySpan<string> arguments, IDictionary environment)
    {
        var settings = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        foreach (var prefix in Prefixes)
            AddEnvironment(settings, prefix, environment);
        AddArguments(settings, arguments);

        settings.TryGetValue("urls", out var urls);
        settings.TryGetValue("preferHostingUrls", out var prefer);
        var preferred = !string.IsNullOrEmpty(urls) && (prefer == "1" || "true".Equals(prefer, StringComparison.OrdinalIgnoreCase));
        if (!preferred && Configured(settings) is { } endpoint)
            return endpoint;
        if (!string.IsNullOrEmpty(urls))
            return First(urls.Split(';'));
        return Port(settings, "http_ports", "http") ?? Port(settings, "https_ports", "https");
    }

    private static void AddEnvironment(Dictionary<string, string> settings, string prefix, IDictionary environment)
    {
        foreach (DictionaryEntry entry in environment)
        {
            if (entry is { Key: string name, Value: string value } && name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
                settings[name[prefix.Length..].Replace("__", ":", StringComparison.Ordinal)] = value;
        }
    }

    /// <summary><c>--key value</c>, <c>--key=value</c>, <c>/key value</c>, <c>/key=value</c> and <c>key=value</c>.</summary>
    private static void AddArguments(Dictionary<string, string> settings, ReadOnlySpan<string> arguments)
    {
        for (var i = 0; i < arguments.Length; i++)
        {
            var argument = arguments[i] ?? "";
            var start = argument.StartsWith("--", StringComparison.Ordinal) ? 2 : argument.StartsWith('/') ? 1 : 0;
            var equals = argument.IndexOf('=', StringComparison.Ordinal);
            if (equals >= start)
                settings[argument[start..equals]] = argument[(equals + 1)..];
            else if (start > 0 && i + 1 < arguments.Length)
                settings[argument[start..]] = arguments[++i] ?? "";
        }
    }

    /// <summary>Kestrel's own endpoints: they win over the URLs. It takes them in the order of their names.</summary>
    private static string? Configured(Dictionary<string, string> settings)
    {
        var names = new List<string>();
        foreach (var (name, value) in settings)
        {
            if (name.StartsWith(Endpoints, StringComparison.OrdinalIgnoreCase) && name.EndsWith(":Url", StringComparison.OrdinalIgnoreCase) && value.Length > 0)
                names.Add(name);
        }

        names.Sort(StringComparer.OrdinalIgnoreCase);
        var urls = new string[names.Count];
        for (var i = 0; i < urls.Length; i++)
            urls[i] = settings[names[i]];
        return First(urls);
    }

    private static string? Port(Dictionary<string, string> settings, string key, string scheme)
    {
        if (settings.TryGetValue(key, out var ports))
        {
            foreach (var port in ports.Split(';', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
                return $"{scheme}://*:{port}";
        }

        return null;
    }

    /// <summary>The first of plain HTTP, which costs no handshake, else the first.</summary>
    private static string? First(string[] urls)
    {
        string? first = null;
        foreach (var url in urls)
        {
            if (url.StartsWith("http://", StringComparison.OrdinalIgnoreCase))
                return url;
            if (url.Length > 0)
                first ??= url;
        }

        return first;
    }
}

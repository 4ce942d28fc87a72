using System.Net.Security;

namespace Resilience.Health;

/// <summary>How <c>AddHttpCheck</c> asks and what it expects. Read when the check is added; a value out of its bounds throws there.</summary>
public sealed class HttpCheckOptions
{
    /// <summary>The method: <c>GET</c>, which is the default, or <c>HEAD</c> for servers that answer it the same way.</summary>
    public string Method { get; set; } = "GET";

    /// <summary>
    /// Statuses that are a success, each 100 to 599. Default: none, which means 200 to 299. Another one fails the check with its own code, <c>http_503</c> for example.
    /// Redirects are never followed: list the status to accept one.
    /// </summary>
    public ISet<int> ExpectedStatuses { get; } = new HashSet<int>();

    /// <summary>
    /// Text that the body must hold, compared byte by byte in UTF-8; lacking, it fails the check with the code <see cref="CheckErrors.Body"/>. Default: none, and the body is not read.
    /// </summary>
    public string? ExpectedText { get; set; }

    /// <summary>Bytes of the body within which <see cref="ExpectedText"/> is looked for. Default 65,536; 1 to 16,777,216.</summary>
    public int MaxBodyBytes { get; set; } = 64 * 1024;

    /// <summary>Header lines of the request, such as <c>Host</c> or an API key. Their values are never shown.</summary>
    public IDictionary<string, string> Headers { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>Whether to go through the system's HTTP proxy. Default false: what is checked is the server.</summary>
    public bool UseProxy { get; set; }

    /// <summary>
    /// Decides whether the server's certificate is good, in place of the platform, for example where it is self-signed; called by several threads. Default: none.
    /// </summary>
    public RemoteCertificateValidationCallback? RemoteCertificateValidationCallback { get; set; }
}

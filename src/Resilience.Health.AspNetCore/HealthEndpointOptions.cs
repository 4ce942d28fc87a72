namespace Resilience.Health.AspNetCore;

/// <summary>
/// What the health endpoints show, and to whom. Anybody may ask for the state in one word; what is behind it is for those that <see cref="DeepPolicy"/>,
/// <see cref="ApiKey"/> or a management port admit. Impossible combinations stop the host at start.
/// </summary>
public sealed class HealthEndpointOptions
{
    internal const string DefaultManagementPath = "/metrics"; // As MapMetrics has it, and about everybody else.

    /// <summary>
    /// Whether <c>/deep</c> is mapped. Default true. Outside Development it then needs <see cref="DeepPolicy"/>, <see cref="ApiKey"/>, <see cref="ManagementPort"/> or
    /// <see cref="ManagementSocket"/>, or the host refuses to start. In Development, without any of them, it answers requests from this machine.
    /// </summary>
    public bool Deep { get; set; } = true;

    /// <summary>The authorization policy that admits to details: a name given to <c>AddAuthorization</c>; empty is the default policy. Default: none.</summary>
    public string? DeepPolicy { get; set; }

    /// <summary>
    /// A key that admits machines to details, sent as <c>Authorization: Bearer KEY</c> or <c>X-Api-Key: KEY</c>. Compared in constant time. At least 16 characters. Default: none.
    /// </summary>
    public string? ApiKey { get; set; }

    /// <summary>
    /// The port whose callers are trusted with details: 1 to 65535. Default: none. The application must listen there as well (<c>ASPNETCORE_URLS</c>); whatever
    /// is not health is 404 there, which takes <c>AddHealthEndpoints</c>. Decided by the connection's own port, never by what a request says.
    /// </summary>
    public int? ManagementPort { get; set; }

    /// <summary>Like <see cref="ManagementPort"/>, for a unix socket: its path. Default: none.</summary>
    public string? ManagementSocket { get; set; }

    /// <summary>
    /// Other paths that the management port serves, with all below them, and, where there is one, no other port does. Where the application is also asked below a
    /// base of its own (<c>UsePathBase</c>, called after <c>MapHealth</c>), name the path with the base too. Default: <c>/metrics</c>; clear it to have that at the main port.
    /// </summary>
    public IList<string> ManagementPaths { get; } = [DefaultManagementPath];

    /// <summary>
    /// Whether everything but details is answered on the other ports too, when there is a management port. Default true: an answer on that port says
    /// nothing about the ones that users come in by.
    /// </summary>
    public bool AlsoOnMainPort { get; set; } = true;

    /// <summary>Shows version, names of checks with their states, and process metrics at the base path to anybody. For networks you trust: names tell what you run. Default false.</summary>
    public bool ExposeServicesAnonymously { get; set; }

    /// <summary>Whether a degraded service is ready (200). Default true: an optional dependency that is away would take every replica out at once.</summary>
    public bool DegradedIsReady { get; set; } = true;

    /// <summary>Whether JSON at the base path and <c>/deep</c> has the shape that dashboards of HealthChecks UI read. Default false; <c>?format=ui</c> asks for it in a request that is authorised.</summary>
    public bool HealthChecksUiFormat { get; set; }

    /// <summary>Whether <c>/ui</c>, the status page, is mapped. Default false. Admits whom <c>/deep</c> admits.</summary>
    public bool StatusPage { get; set; }

    /// <summary>
    /// Keeps requests to the health endpoints out of HTTP metrics, traces and access logs. Default true. The lines that ASP.NET Core's host itself logs at
    /// Information, where that level is on for <c>Microsoft.AspNetCore.Hosting</c>, come before any endpoint and stay.
    /// </summary>
    public bool Quiet { get; set; } = true;

    /// <summary>Paths beside those below the base: <c>Aliases["/livez"] = "live"</c>. Values: <c>live</c>, <c>ready</c>, <c>startup</c>, <c>deep</c>, a group, or empty for the base itself.</summary>
    public IDictionary<string, string> Aliases { get; } = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The version shown. Default: the entry assembly's informational version, without what follows a <c>+</c>.</summary>
    public string? Version { get; set; }

    /// <summary>The name on the status page. Default: the application's name.</summary>
    public string? ServiceName { get; set; }
}

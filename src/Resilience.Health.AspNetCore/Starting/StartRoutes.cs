using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Template;

namespace Resilience.Health.AspNetCore;

/// <summary>Marks endpoints that are served while the service starts.</summary>
internal sealed class ServedWhileStarting
{
    public static readonly ServedWhileStarting Mark = new();
}

/// <summary>
/// Which requests are for endpoints that are served while the service starts: those of health, and marked ones. Goes by route templates, because it is asked before routing; constraints do not matter.
/// </summary>
internal sealed class StartRoutes
{
    private const string PlatformName = "Health checks";

    private readonly List<(TemplateMatcher Template, IReadOnlyList<string> Methods)> _served = [];
    private readonly List<(TemplateMatcher Template, PathEntry Entry)> _health = [];

    public StartRoutes(IReadOnlyList<Endpoint> endpoints)
    {
        Endpoints = endpoints;
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            var template = new TemplateMatcher(new(endpoint.RoutePattern), new(endpoint.RoutePattern.Defaults));
            if (endpoint.Metadata.GetMetadata<HealthEndpointMetadata>() is { } health)
                _health.Add((template, new("/" + endpoint.RoutePattern.RawText?.Trim('/'), health.Site, health.Path)));
            else if (endpoint.Metadata.GetMetadata<ServedWhileStarting>() is not null || IsOfThePlatform(endpoint))
                _served.Add((template, endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []));
        }

        _health.Sort((one, other) => other.Entry.FullPath.Length.CompareTo(one.Entry.FullPath.Length)); // Of two that a path ends like, the shorter base is the likelier.
    }

    public IReadOnlyList<Endpoint> Endpoints { get; }

    /// <summary>Whether the application may have it: a marked endpoint.</summary>
    public bool Serves(HttpRequest request)
    {
        foreach (var (template, methods) in _served)
        {
            if (IsMatch(template, request.Path) && (methods.Count == 0 || methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) || HttpMethods.IsOptions(request.Method)))
                return true;
        }

        return false;
    }

    /// <summary>The health path that it asks for, as it stands.</summary>
    public PathEntry? Health(HttpRequest request) => _health.Find(health => IsMatch(health.Template, request.Path)).Entry;

    /// <summary>
    /// The health path that it ends like. A base that <c>UsePathBase</c> will cut off is not known yet, and a liveness probe refused kills the process; but it may as well be
    /// a path of the application's, which must not have it: so what anybody may ask is answered here, and nothing else.
    /// </summary>
    public PathEntry? HealthBelowABase(HttpRequest request)
    {
        if (!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method))
            return null;
        var path = request.Path.Value?.TrimEnd('/') ?? "";
        return _health.Find(health => path.EndsWith(health.Entry.FullPath, StringComparison.OrdinalIgnoreCase)).Entry is { Path.IsForTrusted: false } found ? found : null;
    }

    // The matcher takes any number of slashes at the end, and routing takes one: the rest would go to whoever takes any path.
    private static bool IsMatch(TemplateMatcher template, PathString path) => path.Value?.EndsWith("//", StringComparison.Ordinal) != true && template.TryMatch(path, []);

    // They bear no mark, and their name may be changed.
    private static bool IsOfThePlatform(RouteEndpoint endpoint) => endpoint.RequestDelegate?.Target is HealthCheckMiddleware || endpoint.DisplayName == PlatformName;
}

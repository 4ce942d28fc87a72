using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.AspNetCore.Routing.Patterns;
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
    private readonly List<(TemplateMatcher Template, IReadOnlyList<string> Methods)> _served = [];
    private readonly List<string> _healthPaths = [];

    public StartRoutes(IReadOnlyList<Endpoint> endpoints)
    {
        Endpoints = endpoints;
        foreach (var endpoint in endpoints.OfType<RouteEndpoint>())
        {
            if (!IsServed(endpoint))
                continue;
            _served.Add((Matcher(endpoint), endpoint.Metadata.GetMetadata<IHttpMethodMetadata>()?.HttpMethods ?? []));
            if (endpoint.Metadata.GetMetadata<HealthEndpointMetadata>() is not null && endpoint.RoutePattern.Parameters.Count == 0)
                _healthPaths.Add("/" + endpoint.RoutePattern.RawText?.Trim('/'));
        }
    }

    public IReadOnlyList<Endpoint> Endpoints { get; }

    public bool Serves(HttpRequest request)
    {
        foreach (var (template, methods) in _served)
        {
            if (template.TryMatch(request.Path, []) && (methods.Count == 0 || methods.Contains(request.Method, StringComparer.OrdinalIgnoreCase) || HttpMethods.IsOptions(request.Method)))
                return true;
        }

        return IsHealthBelowABase(request.Path);
    }

    /// <summary>
    /// A base that <c>UsePathBase</c> will cut off is not known yet, and a liveness probe refused kills the process: so what ends like a health path is one, if no route of the application's has it.
    /// </summary>
    private bool IsHealthBelowABase(PathString path)
    {
        var text = path.Value.AsSpan().TrimEnd('/');
        foreach (var health in _healthPaths)
        {
            if (text.EndsWith(health, StringComparison.OrdinalIgnoreCase))
                return !Endpoints.OfType<RouteEndpoint>().Any(endpoint => !IsServed(endpoint) && BeginsWithAWord(endpoint.RoutePattern) && Matcher(endpoint).TryMatch(path, []));
        }

        return false;
    }

    private static bool IsServed(Endpoint endpoint) => endpoint.Metadata.GetMetadata<HealthEndpointMetadata>() is not null || endpoint.Metadata.GetMetadata<ServedWhileStarting>() is not null;

    // Others, fallbacks and {controller}/{action}, would have any path.
    private static bool BeginsWithAWord(RoutePattern pattern) => pattern.PathSegments is [{ Parts: [RoutePatternLiteralPart] }, ..];

    private static TemplateMatcher Matcher(RouteEndpoint endpoint) => new(new(endpoint.RoutePattern), new(endpoint.RoutePattern.Defaults));
}

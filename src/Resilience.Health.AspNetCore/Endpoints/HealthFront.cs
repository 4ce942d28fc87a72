using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// Stands before everything else in the pipeline, for all that <c>MapHealth</c> mapped: answers our paths, keeps the rest off management ports, keeps
/// management paths off the others, and refuses what comes before the service has started.
/// </summary>
internal sealed class HealthFront(StartRefusal refusal) : IStartupFilter
{
    private readonly Lock _changing = new();
    private readonly List<HealthSite> _sites = [];
    private volatile PathTable _paths = new([]);
    private volatile HealthSite[] _managed = []; // Those with a management port or socket.

    /// <summary>A site mapped at the application's root; one that was mapped at a group is found at the end, when its paths are known.</summary>
    public void Add(HealthSite site, bool isAtRoot)
    {
        lock (_changing)
        {
            _sites.Add(site);
            _managed = [.. _sites.Where(one => one.Admission.HasManagement)];
            if (isAtRoot)
                _paths = _paths.With(site.Paths.Select(path => new PathEntry(path.Path, site, path)));
        }
    }

    public Action<IApplicationBuilder> Configure(Action<IApplicationBuilder> next) => application =>
    {
        application.Use(Before);
        next(application);
        FindGroups(application.ApplicationServices);
    };

    /// <summary>Whether nothing is served here: all but its own paths on a management port, and those anywhere else.</summary>
    public bool IsClosed(HttpContext context)
    {
        var isClosed = false;
        foreach (var site in _managed)
        {
            var isManagementPath = site.IsManagementPath(context.Request.Path);
            var isManagement = site.Admission.IsManagement(context);
            if (isManagement && isManagementPath)
                return false;
            isClosed |= isManagement || isManagementPath;
        }

        return isClosed;
    }

    private RequestDelegate Before(RequestDelegate next) => context =>
    {
        if (_paths.Find(context.Request.Path) is { } found)
            return found.Site.IsForPolicy(context, found.Path) ? next(context) : found.Site.Handler.HandleAsync(context, found.Path);
        if (_managed.Length > 0 && IsClosed(context))
        {
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        }

        return refusal.Refuses(context) && !IsManaged(context) ? refusal.AnswerAsync(context) : next(context);
    };

    /// <summary>A management path at its port: metrics are wanted of a start, too.</summary>
    private bool IsManaged(HttpContext context) =>
        Array.Exists(_managed, site => site.IsManagementPath(context.Request.Path) && site.Admission.IsManagement(context));

    // A group's prefix is known to its endpoints only. One with parameters cannot be looked up: routing answers below it.
    private void FindGroups(IServiceProvider services)
    {
        if (_sites.All(site => site.IsAtRoot) || services.GetService<EndpointDataSource>() is not { } source)
            return;
        var found =
            from endpoint in source.Endpoints.OfType<RouteEndpoint>()
            let health = endpoint.Metadata.GetMetadata<HealthEndpointMetadata>()
            where health is { Site.IsAtRoot: false } && endpoint.RoutePattern.Parameters.Count == 0
            select new PathEntry("/" + endpoint.RoutePattern.RawText?.Trim('/'), health.Site, health.Path);
        lock (_changing)
            _paths = _paths.With(found);
    }
}

using Microsoft.AspNetCore.Http;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// Stands in the application's pipeline where <c>MapHealth</c> was called: answers our paths before what comes later can, and keeps the rest off the management port.
/// </summary>
internal sealed class Front(IReadOnlyList<HealthPath> paths, HealthHandler handler, Admission admission, HealthEndpointOptions options)
{
    private readonly Dictionary<string, HealthPath> _paths = paths.DistinctBy(path => path.Path, StringComparer.OrdinalIgnoreCase)
        .ToDictionary(path => path.Path, StringComparer.OrdinalIgnoreCase);

    public RequestDelegate Before(RequestDelegate next) => context =>
    {
        var path = context.Request.Path.Value ?? "";
        if (path.Length > 1 && path[^1] == '/')
            path = path[..^1];
        if (_paths.TryGetValue(path, out var ours))
            return handler.HandleAsync(context, ours);
        if (!admission.HasManagement || !admission.IsManagement(context) || options.ManagementPaths.Any(allowed => context.Request.Path.StartsWithSegments(allowed, StringComparison.OrdinalIgnoreCase)))
            return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    };
}

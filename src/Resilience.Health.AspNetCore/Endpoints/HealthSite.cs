using Microsoft.AspNetCore.Http;

namespace Resilience.Health.AspNetCore;

/// <summary>What one call of <c>MapHealth</c> mapped.</summary>
internal sealed class HealthSite(
    IReadOnlyList<HealthPath> paths, HealthHandler handler, Admission admission, HealthEndpointOptions options, bool isAtRoot)
{
    private readonly PathString[] _managementPaths = [.. options.ManagementPaths.Where(path => path.StartsWith('/')).Select(path => new PathString(path.TrimEnd('/')))];

    public IReadOnlyList<HealthPath> Paths => paths;

    public HealthHandler Handler => handler;

    public Admission Admission => admission;

    /// <summary>Whether it was mapped at the application itself, and not at a group.</summary>
    public bool IsAtRoot => isAtRoot;

    public bool IsManagementPath(PathString path)
    {
        foreach (var allowed in _managementPaths)
        {
            if (path.StartsWithSegments(allowed, StringComparison.OrdinalIgnoreCase))
                return true;
        }

        return false;
    }

    /// <summary>Whether the policy must decide: it may need what the application does first, such as reading the forwarded scheme that a challenge sends people back to.</summary>
    public bool IsForPolicy(HttpContext context, HealthPath path) => options.DeepPolicy is not null && path.IsForTrusted && !admission.IsAdmittedAtOnce(context);

    /// <summary>Answers where <c>MapHealth</c> was called: without a front, for the policy, and below a base that the application has cut off its paths by then.</summary>
    /// <param name="front">Where there is one.</param>
    /// <param name="refusal">Asked here where there is no front to ask it.</param>
    public Func<RequestDelegate, RequestDelegate> InPlace(HealthFront? front, StartRefusal refusal)
    {
        var table = new PathTable(paths.Select(path => new PathEntry(path.Path, this, path)));
        var isWanted = front is null || options.DeepPolicy is not null;
        return next => context =>
        {
            if (!isWanted && !context.Request.PathBase.HasValue)
                return next(context);
            if (table.Find(context.Request.Path) is { } found)
                return handler.HandleAsync(context, found.Path);
            if (front is null)
                return refusal.Refuses(context) ? refusal.AnswerAsync(context) : next(context);
            if (!context.Request.PathBase.HasValue || !front.IsClosed(context))
                return next(context);
            context.Response.StatusCode = StatusCodes.Status404NotFound;
            return Task.CompletedTask;
        };
    }
}

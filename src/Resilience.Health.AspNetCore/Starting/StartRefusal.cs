using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Resilience.Health.AspNetCore;

/// <summary>While the service starts, if it is told to: keeps requests from the application, answers those for health, and says to others when to come again. Safe for use by many threads.</summary>
internal sealed class StartRefusal
{
    private readonly IHealthEvaluator _evaluator;
    private readonly IServiceProvider _services;
    private readonly PathString[] _served;
    private readonly bool _isOnDemand;
    private volatile bool _isOver;
    private volatile StartRoutes? _routes;

    public StartRefusal(IHealthEvaluator evaluator, IOptions<HealthOptions> options, IServiceProvider services)
    {
        (_evaluator, _services) = (evaluator, services);
        _served = [.. options.Value.ServeWhileStarting.Where(path => path.StartsWith('/')).Select(path => new PathString(path.TrimEnd('/')))]; // Others stop the host.
        _isOnDemand = options.Value.Mode == EvaluationMode.OnDemand;
        _isOver = options.Value.RefuseWhileStarting != true;
    }

    /// <summary>Whether the request must not reach the application yet. Once the service has started, this costs the read of a field.</summary>
    public bool Refuses(HttpContext context) => !_isOver && RefusesYet(context);

    /// <summary>The answer of health if it is asked for, or else the refusal. The request's body is left unread.</summary>
    public Task AnswerAsync(HttpContext context)
    {
        if (Routes() is { } routes)
        {
            if (routes.Health(context.Request) is { } health)
                return health.Site.Handler.HandleAsync(context, health.Path);
            if (routes.HealthBelowABase(context.Request) is { } below)
                return below.Site.Handler.HandleAsync(context, below.Path, mayShowMore: false);
        }

        return RefuseAsync(context);
    }

    private Task RefuseAsync(HttpContext context)
    {
        if (_isOnDemand)
            _ = RunAsync();
        var (contentType, body) = StartingBody.For(context.Request.Headers.Accept);
        var response = context.Response;
        response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        response.Headers.RetryAfter = "1";
        response.Headers.CacheControl = "no-store";
        response.ContentType = contentType;
        response.ContentLength = body.Length;
        return HttpMethods.IsHead(context.Request.Method) ? Task.CompletedTask : response.BodyWriter.WriteAsync(body, CancellationToken.None).AsTask();

        // Else a failed check would not run again until somebody asks for startup, and perhaps nobody does.
        async Task RunAsync() => await _evaluator.ReadAsync(CancellationToken.None).ConfigureAwait(false);
    }

    private bool RefusesYet(HttpContext context)
    {
        if (_evaluator.Current.HasStarted)
        {
            _isOver = true;
            return false;
        }

        foreach (var served in _served)
        {
            if (context.Request.Path.StartsWithSegments(served, StringComparison.OrdinalIgnoreCase))
                return false;
        }

        if (Routes() is not { } routes)
            return true;
        return !routes.Serves(context.Request) && !(routes.Health(context.Request) is { } health && health.Site.IsForPolicy(context, health.Path));
    }

    /// <summary>Made again when routes were added.</summary>
    private StartRoutes? Routes()
    {
        if (_services.GetService<EndpointDataSource>()?.Endpoints is not { } endpoints)
            return null;
        var routes = _routes;
        return routes?.Endpoints == endpoints ? routes : _routes = new(endpoints);
    }
}

using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Health;
using Resilience.Health.AspNetCore;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps the health endpoints.</summary>
public static class HealthEndpointExtensions
{
    /// <summary>
    /// Maps the base path (the state in one word), and below it <c>/live</c>, <c>/ready</c>, <c>/startup</c>, <c>/deep</c> and one path per group of checks. GET and HEAD, 200 or 503.
    /// All of them read snapshots: asking never runs a check. With <c>AddHealthEndpoints</c> they are answered before anything else in the pipeline sees the request, wherever
    /// this is called; without it, at routing or where this is called. What <see cref="HealthEndpointOptions.DeepPolicy"/> must decide is always answered there.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="basePath">
    /// Where: at least one segment, for example <c>/api/health</c>. May be mapped at several bases. Below a <c>UsePathBase</c> the application answers with the base and
    /// without it; a management port only without.
    /// </param>
    /// <param name="configure">What is shown, and to whom.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException">Neither <c>AddHealthEndpoints</c> nor <c>AddHealthEvaluator</c> was not called.</exception>
    /// <exception cref="ArgumentException"><paramref name="basePath"/> is no such path.</exception>
    /// <remarks>What else is wrong stops the host at start, together with what is wrong with the checks.</remarks>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder endpoints, string basePath = "/health", Action<HealthEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var evaluator = services.GetService<IHealthEvaluator>()
            ?? throw new InvalidOperationException("MapHealth needs the evaluator of health checks: call builder.Services.AddHealthEndpoints() before builder.Build().");
        var options = new HealthEndpointOptions();
        configure?.Invoke(options);

        var paths = HealthPath.All(basePath, options, services.GetRequiredService<IOptions<HealthOptions>>().Value.Groups.Keys);
        var environment = services.GetRequiredService<IHostEnvironment>();
        var log = new EndpointLog(services.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Health"));
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var admission = new Admission(options, services, environment, time, log);
        var answers = new Answers(evaluator, options, environment, time);
        var front = services.GetService<HealthFront>();
        var faults = new EndpointFaults(basePath, options, paths, endpoints, environment, hasFront: front is not null);
        var application = endpoints as IApplicationBuilder;
        var site = new HealthSite(paths, new HealthHandler(evaluator, admission, answers, options), admission, options, isAtRoot: application is not null);
        evaluator.ValidateAtStart(faults.Find);

        application?.Use(site.InPlace(front, services.GetService<StartRefusal>() ?? ActivatorUtilities.CreateInstance<StartRefusal>(services)));
        foreach (var path in paths)
            site.Handler.Map(endpoints, path, site);
        front?.Add(site, isAtRoot: application is not null);

        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Register(new EndpointWarnings(log, options, services).Say);
        return endpoints;
    }

    /// <inheritdoc cref="MapHealth(IEndpointRouteBuilder, string, Action{HealthEndpointOptions}?)"/>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder endpoints, Action<HealthEndpointOptions> configure) =>
        endpoints.MapHealth("/health", configure);

    /// <summary>
    /// These endpoints are served while the service starts, where others are refused (<see cref="HealthOptions.RefuseWhileStarting"/>): what they need must not be what the start waits for. Below a
    /// <c>UsePathBase</c> they are known without the base only: there, name their paths in <see cref="HealthOptions.ServeWhileStarting"/>.
    /// </summary>
    /// <typeparam name="TBuilder">What mapping endpoints returns.</typeparam>
    /// <param name="endpoints">The endpoints: a route, a group, controllers, pages.</param>
    /// <returns>The same.</returns>
    public static TBuilder ServeWhileStarting<TBuilder>(this TBuilder endpoints)
        where TBuilder : IEndpointConventionBuilder => endpoints.WithMetadata(ServedWhileStarting.Mark);
}

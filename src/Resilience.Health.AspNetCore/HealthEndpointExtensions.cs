using Microsoft.AspNetCore.Hosting.Server;
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
    /// All of them read snapshots: asking never runs a check. They are answered at routing, before authentication, redirects and whatever else comes after it, so call this
    /// first: where <c>UseRouting</c> is called by hand, also what stands before it is then out of the way.
    /// </summary>
    /// <param name="endpoints">The application.</param>
    /// <param name="basePath">Where: at least one segment, for example <c>/api/health</c>. May be mapped at several bases.</param>
    /// <param name="configure">What is shown, and to whom.</param>
    /// <returns>The application.</returns>
    /// <exception cref="InvalidOperationException"><c>AddHealthEvaluator</c> was not called.</exception>
    /// <exception cref="ArgumentException"><paramref name="basePath"/> is no such path.</exception>
    /// <remarks>What else is wrong stops the host at start, together with what is wrong with the checks.</remarks>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder endpoints, string basePath = "/health", Action<HealthEndpointOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        var services = endpoints.ServiceProvider;
        var evaluator = services.GetService<IHealthEvaluator>()
            ?? throw new InvalidOperationException("MapHealth needs the evaluator of health checks: call builder.Services.AddHealthEvaluator() before builder.Build().");
        var options = new HealthEndpointOptions();
        configure?.Invoke(options);

        var paths = HealthPath.All(basePath, options, services.GetRequiredService<IOptions<HealthOptions>>().Value.Groups.Keys);
        var environment = services.GetRequiredService<IHostEnvironment>();
        var log = new EndpointLog(services.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Health"));
        var admission = new Admission(options, services, environment);
        var time = services.GetService<TimeProvider>() ?? TimeProvider.System;
        var answers = new Answers(evaluator, options, environment, time);
        var handler = new HealthHandler(evaluator, admission, answers, options);
        var faults = new EndpointFaults(basePath, options, paths, endpoints, environment);
        evaluator.ValidateAtStart(faults.Find);

        var isFirst = endpoints is IApplicationBuilder;
        if (endpoints is IApplicationBuilder application)
            application.Use(new Front(paths, handler, admission, options).Before);
        foreach (var path in paths)
            handler.Map(endpoints, path);

        var lifetime = services.GetRequiredService<IHostApplicationLifetime>();
        lifetime.ApplicationStarted.Register(() => EndpointWarnings.Say(
            log, options, isFirst, services.GetService<IServer>(), services.GetRequiredService<IOptions<HostOptions>>().Value, services.GetRequiredService<IOptions<HealthOptions>>().Value));
        return endpoints;
    }

    /// <inheritdoc cref="MapHealth(IEndpointRouteBuilder, string, Action{HealthEndpointOptions}?)"/>
    public static IEndpointRouteBuilder MapHealth(this IEndpointRouteBuilder endpoints, Action<HealthEndpointOptions> configure) =>
        endpoints.MapHealth("/health", configure);
}

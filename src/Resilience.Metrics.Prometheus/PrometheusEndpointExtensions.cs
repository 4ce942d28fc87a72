using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Resilience.Metrics.Prometheus;

namespace Microsoft.AspNetCore.Builder;

/// <summary>Maps metrics for Prometheus.</summary>
public static class PrometheusEndpointExtensions
{
    /// <summary>
    /// Serves the application's metrics to Prometheus: GET and HEAD, in the text format 0.0.4 or OpenMetrics 1.0.0, gzipped if asked for. Listens from now on until the application has stopped. May be called for several paths, which share
    /// their work if the options are the same. Open to anybody who reaches the port, unless <see cref="PrometheusOptions.ManagementPort"/> or a convention of the result (<c>RequireAuthorization</c>, <c>RequireHost</c>) says otherwise.
    /// </summary>
    /// <param name="endpoints">The application, or a group.</param>
    /// <param name="path">Where. Default <c>/metrics</c>.</param>
    /// <param name="configure">What is shown. Has the last word over the section <c>Metrics</c>.</param>
    /// <returns>The endpoint, for conventions.</returns>
    /// <exception cref="ArgumentException"><paramref name="path"/> does not begin with <c>/</c>.</exception>
    /// <exception cref="InvalidOperationException">Options are impossible: all of them, each with its key, its value and a way out.</exception>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints, string path = "/metrics", Action<PrometheusOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(endpoints);
        ArgumentException.ThrowIfNullOrWhiteSpace(path);
        if (!path.StartsWith('/'))
            throw new ArgumentException($"'{path}' does not begin with '/': give a path like /metrics.", nameof(path));
        var services = endpoints.ServiceProvider;
        var options = new PrometheusOptions();
        var faults = new OptionsFaults();
        faults.Read(options, services.GetService<IConfiguration>());
        configure?.Invoke(options);
        faults.ThrowIfAny(options);

        var log = services.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Metrics");
        var handler = new MetricsHandler(Scrapers.Get(services, Settings.Of(options), log), options.ManagementPort, log);
        return endpoints.Map(path, (RequestDelegate)handler.HandleAsync).WithDisplayName("Prometheus metrics").DisableHttpMetrics();
    }

    /// <inheritdoc cref="MapMetrics(IEndpointRouteBuilder, string, Action{PrometheusOptions}?)"/>
    public static IEndpointConventionBuilder MapMetrics(this IEndpointRouteBuilder endpoints, Action<PrometheusOptions> configure) => endpoints.MapMetrics("/metrics", configure);
}

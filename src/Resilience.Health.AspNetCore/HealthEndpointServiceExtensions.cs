using Microsoft.AspNetCore.Hosting;
using Resilience.Health;
using Resilience.Health.AspNetCore;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers what health endpoints need.</summary>
public static class HealthEndpointServiceExtensions
{
    /// <summary>
    /// <see cref="ResilienceHealthExtensions.AddHealthEvaluator"/>, and a place for what <c>MapHealth</c> maps in front of the application's whole pipeline: before the
    /// filtering of hosts, forwarded headers, and whatever other packages or the application put there. Management ports need it, so that nothing else is served there.
    /// May be called more than once.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="configure">Has the last word over the section <c>Health</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddHealthEndpoints(this IServiceCollection services, Action<HealthOptions>? configure = null)
    {
        services.AddHealthEvaluator(configure);
        if (services.Any(service => service.ServiceType == typeof(HealthFront)))
            return services;
        services.AddSingleton<StartRefusal>();
        services.AddSingleton<HealthFront>();
        services.Insert(0, ServiceDescriptor.Singleton<IStartupFilter>(provider => provider.GetRequiredService<HealthFront>())); // The first is the outermost.
        return services;
    }
}

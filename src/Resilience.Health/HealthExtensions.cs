using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the evaluator and checks.</summary>
public static partial class ResilienceHealthExtensions
{
    /// <summary>
    /// Has all health checks run by one background evaluator, whose snapshots endpoints, reports and publishers read. Registrations stay what they are, those of
    /// other packages too. May be called more than once, before or after <c>AddHealthChecks</c>.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Has the last word over the section <c>Health</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddHealthEvaluator(this IServiceCollection services, Action<HealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        if (!services.Any(service => service.ServiceType == typeof(HealthEvaluator)))
        {
            services.AddHealthChecks();
            services.TryAddSingleton(TimeProvider.System);
            services.AddSingleton<RegisteredPeriods>();
            services.AddSingleton<IPostConfigureOptions<HealthCheckServiceOptions>>(provider => provider.GetRequiredService<RegisteredPeriods>());
            services.AddSingleton<IConfigureOptions<HealthOptions>>(provider => new OptionsReader(provider.GetService<IConfiguration>()));
            services.AddSingleton(provider => new HealthLog(provider.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Health")));
            services.AddSingleton(provider => new HealthMetrics(provider.GetService<IMeterFactory>(), provider.GetServices<CheckRegistration>()));
            services.AddSingleton<HealthEvaluator>();
            services.AddSingleton<IHealthEvaluator>(provider => provider.GetRequiredService<HealthEvaluator>());
            services.AddHostedService<HealthLifetime>();
            services.Replace(ServiceDescriptor.Singleton<HealthCheckService, SnapshotHealthCheckService>());
        }

        if (configure is not null)
            services.Configure(configure);
        return services;
    }

    /// <summary>Says how a check is run and what its failure means; for checks of other packages too.</summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="name">The check's name; one that no check has stops the host at start.</param>
    /// <param name="configure">Has the last word over the section <c>Health:Checks:&lt;name&gt;</c>.</param>
    /// <returns>The builder.</returns>
    public static IHealthChecksBuilder ConfigureCheck(this IHealthChecksBuilder builder, string name, Action<CheckOptions> configure)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentNullException.ThrowIfNull(configure);
        builder.Services.AddHealthEvaluator(options => configure(options.Check(name)));
        return builder;
    }
}

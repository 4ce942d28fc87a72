using Resilience.Health;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the evaluator and checks.</summary>
public static partial class ResilienceHealthExtensions
{
    /// <summary>
    /// Has all health checks run by one background evaluator, whose snapshots endpoints, reports and publishers read. Registrations stay what they are; other packages' checks too.
    /// May be called more than once.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Has the last word over the section <c>Health</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddHealthEvaluator(this IServiceCollection services, Action<HealthOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHealthChecks();
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

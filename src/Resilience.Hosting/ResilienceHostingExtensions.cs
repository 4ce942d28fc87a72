using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Options;
using Resilience.Hosting;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>Registers the startup gate, systemd's life signs and loop heartbeats.</summary>
public static class ResilienceHostingExtensions
{
    /// <summary>
    /// The service has not started before every check tagged <see cref="CheckTags.Startup"/> is well: all of them are waited for at once, in stages if configured, and not for ever. May be called more than once.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Has the last word over the section <c>StartupGate</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddStartupGate(this IServiceCollection services, Action<StartupGateOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHealthEvaluator(); // Before the gate: its checks run while the start is held.
        if (!services.Any(service => service.ServiceType == typeof(StartupGate)))
        {
            services.AddSingleton<IConfigureOptions<StartupGateOptions>>(provider => new StartupGateReader(provider.GetService<IConfiguration>()));
            services.AddSingleton(provider => new StartupGate(
                provider.GetRequiredService<IHealthEvaluator>(), provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>(),
                provider.GetRequiredService<IOptions<StartupGateOptions>>(), Mode(provider), provider.GetRequiredService<IHostApplicationLifetime>(),
                new(provider.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Hosting")), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IStartupGate>(provider => provider.GetRequiredService<StartupGate>());
            services.AddHostedService(provider => provider.GetRequiredService<StartupGate>());
            services.AddSingleton<IPostConfigureOptions<HealthOptions>>(provider => new PostConfigureOptions<HealthOptions>(
                Options.Options.DefaultName, options => options.RefuseWhileStarting ??= Mode(provider) == GateMode.Serve));
        }

        if (configure is not null)
            services.Configure(configure);
        return services;
    }

    private static GateMode Mode(IServiceProvider provider)
    {
        var mode = provider.GetRequiredService<IOptions<StartupGateOptions>>().Value.Mode;
        return mode != GateMode.Auto ? mode : HasServer(provider) ? GateMode.Serve : GateMode.Hold;
    }

    // By name: this package does without ASP.NET Core.
    private static bool HasServer(IServiceProvider provider) =>
        Type.GetType("Microsoft.AspNetCore.Hosting.Server.IServer, Microsoft.AspNetCore.Hosting.Server.Abstractions") is { } server
        && provider.GetRequiredService<IServiceProviderIsService>().IsService(server);
}

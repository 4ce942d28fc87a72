using System.Diagnostics.Metrics;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection.Extensions;
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
            services.TryAddSingleton(provider => new HostingMetrics(provider.GetService<IMeterFactory>()));
            services.AddSingleton<IConfigureOptions<StartupGateOptions>>(provider => new StartupGateReader(provider.GetService<IConfiguration>()));
            services.AddSingleton(provider => new StartupGate(
                provider.GetRequiredService<IHealthEvaluator>(), provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>(),
                provider.GetRequiredService<IOptions<StartupGateOptions>>(), Mode(provider), provider.GetRequiredService<IHostApplicationLifetime>(),
                new(provider.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Hosting")), provider.GetRequiredService<HostingMetrics>(), provider.GetRequiredService<TimeProvider>()));
            services.AddSingleton<IStartupGate>(provider => provider.GetRequiredService<StartupGate>());
            services.AddHostedService(provider => provider.GetRequiredService<StartupGate>());
            services.AddSingleton<IPostConfigureOptions<HealthOptions>>(provider => new PostConfigureOptions<HealthOptions>(
                Options.Options.DefaultName, options => options.RefuseWhileStarting ??= Mode(provider) == GateMode.Serve));
        }

        if (configure is not null)
            services.Configure(configure);
        return services;
    }

    /// <summary>
    /// Tells systemd how the service is, where it is run by a unit of <c>Type=notify</c>: ready once the host has started and the startup gate is open, one line of status, watchdog pings while it is live, stopping. Elsewhere it costs
    /// nothing. May be called more than once. Takes <c>NOTIFY_SOCKET</c> out of the environment, so that nobody else speaks for the service.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="configure">Has the last word over the section <c>Systemd</c>.</param>
    /// <returns>The services.</returns>
    public static IServiceCollection AddSystemdNotify(this IServiceCollection services, Action<SystemdNotifyOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        services.AddHealthEvaluator();
        if (!services.Any(service => service.ServiceType == typeof(SystemdEnvironment)))
        {
            services.TryAddSingleton(provider => new HostingMetrics(provider.GetService<IMeterFactory>()));
            services.AddSingleton(SystemdEnvironment.Take()); // Now: what reads it when the host is built comes too late.
            services.AddSingleton<IConfigureOptions<SystemdNotifyOptions>>(provider => new SystemdNotifyReader(provider.GetService<IConfiguration>()));
            // The first to start: a gate that holds the start must not hold up this.
            services.Insert(0, ServiceDescriptor.Singleton<IHostedService>(provider => new SystemdNotify(
                provider.GetRequiredService<SystemdEnvironment>(), provider.GetRequiredService<IOptions<SystemdNotifyOptions>>(), provider.GetRequiredService<IHealthEvaluator>(),
                provider.GetRequiredService<IHostApplicationLifetime>(), provider.GetService<StartupGate>(), provider.GetService<IConfiguration>(),
                new(provider.GetRequiredService<ILoggerFactory>().CreateLogger("Resilience.Hosting")), provider.GetRequiredService<HostingMetrics>(), provider.GetRequiredService<TimeProvider>())));
        }

        if (configure is not null)
            services.Configure(configure);
        return services;
    }

    /// <summary>
    /// Expects a loop of this process, that of a background service say, to show that it moves: <c>[FromKeyedServices("name")] ILoopHeartbeat</c>. Silence makes liveness fail with the code <c>stalled</c>, so that the process is
    /// restarted. It is expected to run once the host and the service have started, until the stop signal. The same again changes nothing.
    /// </summary>
    /// <param name="services">The host's services.</param>
    /// <param name="name">The loop's name, and that of the health check: no other check may have it.</param>
    /// <param name="maxSilence">How long it may keep silent: several times what a round takes at worst. 100 ms to 24 hours. Noticed after a quarter of that more, or 1 s, twice.</param>
    /// <returns>The services.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty, or has been registered with another silence.</exception>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="maxSilence"/> is out of its bounds.</exception>
    public static IServiceCollection AddLoopHeartbeat(this IServiceCollection services, string name, TimeSpan maxSilence)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        ArgumentOutOfRangeException.ThrowIfLessThan(maxSilence, TimeSpan.FromMilliseconds(100));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(maxSilence, TimeSpan.FromHours(24));
        var registration = new LoopRegistration(name, maxSilence);
        if (services.Select(service => service.IsKeyedService ? null : service.ImplementationInstance).OfType<LoopRegistration>().FirstOrDefault(other => other.Name == name) is { } before)
        {
            return before == registration ? services
                : throw new ArgumentException($"The loop '{name}' is registered already, with a maximum silence of {before.MaxSilence}: remove one, or name them apart.", nameof(name));
        }

        services.AddSingleton(registration);
        services.AddKeyedSingleton(name, (provider, _) => new LoopHeartbeat(name, maxSilence, provider.GetRequiredService<TimeProvider>()));
        services.AddKeyedSingleton<ILoopHeartbeat>(name, (provider, _) => provider.GetRequiredKeyedService<LoopHeartbeat>(name));
        services.AddKeyedSingleton(name, (provider, _) => new LoopHeartbeatCheck(
            provider.GetRequiredKeyedService<LoopHeartbeat>(name), provider.GetRequiredService<IHealthEvaluator>(), provider.GetRequiredService<IHostApplicationLifetime>(),
            provider.GetRequiredService<TimeProvider>()));
        services.AddHealthEvaluator().AddHealthChecks()
            .Add(new(name, provider => provider.GetRequiredKeyedService<LoopHeartbeatCheck>(name), failureStatus: null, [CheckTags.Live]) { Period = LoopRegistration.Period(maxSilence) })
            .ConfigureCheck(name, check => check.FailureThreshold ??= 2); // A process that was halted looks before its loop has come round.
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

using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Health;

/// <summary>How every check of ours gets into a host: one instance per registration, disposed with the host.</summary>
internal static class CheckBuilding
{
    /// <param name="builder">Of the host.</param>
    /// <param name="name">The check's name.</param>
    /// <param name="settings">What the check asks, comparable by value.</param>
    /// <param name="faults">What is wrong with it, each a sentence without a secret.</param>
    /// <param name="failureStatus">As given.</param>
    /// <param name="tags">As given.</param>
    /// <param name="create">Makes the check.</param>
    /// <param name="findFault">What only the built host can know to be wrong.</param>
    public static IHealthChecksBuilder Add<TSettings>(
        IHealthChecksBuilder builder, string name, TSettings settings, IEnumerable<string> faults, HealthStatus? failureStatus, IEnumerable<string>? tags,
        Func<TSettings, IServiceProvider, IHealthCheck> create, Func<IServiceProvider, string?>? findFault = null)
        where TSettings : notnull
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        var found = string.Join(' ', faults);
        if (found.Length > 0)
            throw new ArgumentException($"Check '{name}' cannot be added. {found}");
        builder.Services.AddHealthEvaluator();
        var registration = new CheckRegistration(name, settings, failureStatus, [.. tags ?? []]);
        if (builder.Services.Any(service => !service.IsKeyedService && registration.Equals(service.ImplementationInstance)))
            return builder;
        builder.Services.AddSingleton(registration);
        builder.Services.AddKeyedSingleton(registration, (provider, _) => create(settings, provider));
        if (findFault is not null)
            builder.Services.AddSingleton(provider => new CheckFault(name, findFault(provider)));
        return builder.Add(new HealthCheckRegistration(
            name, provider => provider.GetRequiredKeyedService<IHealthCheck>(registration), failureStatus, registration.Tags));
    }

    public static TimeProvider Time(IServiceProvider provider) => provider.GetService<TimeProvider>() ?? TimeProvider.System;
}

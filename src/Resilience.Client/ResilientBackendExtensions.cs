using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection.Extensions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;
using Resilience.Client;

namespace Microsoft.Extensions.DependencyInjection;

/// <summary>The door of Resilience.Client.</summary>
public static class ResilientBackendExtensions
{
    /// <summary>
    /// Registers a backend: <c>IHttpClientFactory.CreateClient(name)</c>, and <see cref="BackendClient"/> keyed by its name, then make
    /// calls that wait out its restarts, retry within a budget, and end at a deadline. Options come from the section
    /// <c>Backends:&lt;name&gt;</c>. Calling it again for the same name adds only its <paramref name="configure"/>.
    /// </summary>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The backend's name: in configuration, logs and <see cref="IBackends"/>. Case counts.</param>
    /// <param name="configure">Runs after the configuration has been read, at every reload too.</param>
    /// <returns>The builder of the underlying HttpClient: handlers added to it run once per attempt.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    public static IHttpClientBuilder AddResilientBackend(this IServiceCollection services, string name, Action<BackendOptions>? configure = null)
    {
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (name.Contains(':', StringComparison.Ordinal))
            throw new ArgumentException("A backend's name is one step of a configuration key and can hold no colon.", nameof(name));

        var builder = services.AddHttpClient(name);
        var registered = AddEngine(services);
        if (!registered.Contains(name))
        {
            registered.With(name).PutInto(services);
            services.AddSingleton<IConfigureOptions<HttpClientFactoryOptions>>(provider => new ClientSetup(name, provider.GetRequiredService<BackendRegistry>()));
            services.AddKeyedTransient(name, (provider, _) => new BackendClient(name, provider.GetRequiredService<IHttpClientFactory>().CreateClient(name)));
            // Four lines per call at Information; our own log says what changes. AddDefaultLogger() brings them back.
            builder.RemoveAllLoggers();
        }

        if (configure is not null)
            services.Configure(name, configure);
        return builder;
    }

    /// <summary>
    /// The same, with a typed client: a class whose constructor takes a <see cref="BackendClient"/> (calls with JSON) or an
    /// <see cref="HttpClient"/>. It is transient, like those of <c>AddHttpClient&lt;TClient&gt;</c>, and may be kept as long as one likes.
    /// </summary>
    /// <typeparam name="TClient">The typed client.</typeparam>
    /// <param name="services">The application's services.</param>
    /// <param name="name">The backend's name: in configuration, logs and <see cref="IBackends"/>. Case counts.</param>
    /// <param name="configure">Runs after the configuration has been read, at every reload too.</param>
    /// <returns>The builder of the underlying HttpClient: handlers added to it run once per attempt.</returns>
    /// <exception cref="ArgumentException"><paramref name="name"/> is empty or contains a colon.</exception>
    /// <exception cref="InvalidOperationException"><typeparamref name="TClient"/> is the typed client of another backend.</exception>
    public static IHttpClientBuilder AddResilientBackend<[DynamicallyAccessedMembers(DynamicallyAccessedMemberTypes.PublicConstructors)] TClient>(
        this IServiceCollection services, string name, Action<BackendOptions>? configure = null)
        where TClient : class
    {
        var builder = services.AddResilientBackend(name, configure);
        var registered = AddEngine(services);
        if (registered.Clients.TryGetValue(typeof(TClient), out var backend))
        {
            return backend == name
                ? builder
                : throw new InvalidOperationException($"{typeof(TClient).Name} is the typed client of backend '{backend}' already: derive a class of its own for '{name}'.");
        }

        registered.With(typeof(TClient), name).PutInto(services);

        var takesBackendClient = typeof(TClient).GetConstructors()
            .Any(constructor => constructor.GetParameters().Any(parameter => parameter.ParameterType == typeof(BackendClient)));
        var create = ActivatorUtilities.CreateFactory<TClient>([takesBackendClient ? typeof(BackendClient) : typeof(HttpClient)]);
        return builder.AddTypedClient((http, provider) => create(provider, [takesBackendClient ? new BackendClient(name, http) : http]));
    }

    /// <summary>
    /// Adds a health check, named like the backend, that says what its calls know already; it asks nothing. It is healthy while the backend is up.
    /// Tagged <c>startup</c>, it makes the backend one that the start waits for: see <paramref name="tags"/>. Adding it again, with the same status and tags,
    /// changes nothing.
    /// </summary>
    /// <param name="builder">The health checks' builder.</param>
    /// <param name="backend">A name given to <c>AddResilientBackend</c>; another one stops the host at start.</param>
    /// <param name="failureStatus">
    /// The status while it is down or isolated. Default <see cref="HealthStatus.Degraded"/>: taking a service out because one of
    /// its backends is away spreads the outage.
    /// </param>
    /// <param name="tags">
    /// Tags of the check. With <c>startup</c>, in whatever case, nobody knows at first whether the backend is there: from the host's start on, or the
    /// first call, one probe asks at <see cref="RecoveryOptions.ProbePath"/>, which must not be empty then, at once and after 2 % of the time waited (at most every 16 ms,
    /// at least every second). Until its first sign of life the check fails with the last reason, and calls do as <see cref="RecoveryOptions.WhenDown"/>
    /// says, sending nothing: but one that fails fast waits for the first answer, and where the probe's path says no for 5 s and more, a real call is tried
    /// from time to time. None of this counts for circuit or budget, and it never comes back.
    /// Where a startup gate decides, it waits for <see cref="HealthStatus.Unhealthy"/> ones as long as it must, for others as for what is optional.
    /// </param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="backend"/> is empty, or has a check of another status or other tags.</exception>
    public static IHealthChecksBuilder AddBackendCheck(
        this IHealthChecksBuilder builder, string backend, HealthStatus failureStatus = HealthStatus.Degraded, IEnumerable<string>? tags = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentException.ThrowIfNullOrWhiteSpace(backend);
        var registration = new BackendCheckRegistration(backend, failureStatus, tags?.ToHashSet(StringComparer.Ordinal) ?? []);
        var registered = AddEngine(builder.Services);
        if (registered.ChecksByBackend.TryGetValue(backend, out var before))
        {
            var isOther = before.FailureStatus != failureStatus ? nameof(failureStatus) : !before.Tags.SetEquals(registration.Tags) ? nameof(tags) : null;
            return isOther is null
                ? builder
                : throw new ArgumentException($"AddBackendCheck(\"{backend}\") was called with {before} before, and now with {registration}: a backend has one check.", isOther);
        }

        registered.With(registration).PutInto(builder.Services);
        return builder.Add(new HealthCheckRegistration(
            backend,
            provider => new BackendCheck(provider.GetRequiredService<BackendRegistry>().Get(backend), provider.GetRequiredService<IHttpMessageHandlerFactory>()),
            failureStatus, registration.Tags));
    }

    /// <summary>What all backends share, once. What has to see their options or clients in turn is one for all of them: one each would ask every other's name.</summary>
    private static Registrations AddEngine(IServiceCollection services)
    {
        if (Registrations.In(services) is { } registered)
            return registered;
        registered = new();
        registered.PutInto(services);
        services.AddLogging();
        services.AddHttpClient();
        services.TryAddSingleton<AwaitedBackends>();
        services.TryAddSingleton<BackendRegistry>();
        services.TryAddSingleton<IBackends>(provider => provider.GetRequiredService<BackendRegistry>());
        services.AddSingleton<IConfigureOptions<BackendOptions>, SectionReader>();
        services.AddSingleton<IValidateOptions<BackendOptions>, OptionsValidator>();
        services.AddSingleton<IPostConfigureOptions<HttpClientFactoryOptions>, ClientFinish>();
        services.AddHostedService<BackendStartup>();
        services.TryAddEnumerable(ServiceDescriptor.Singleton<IValidateOptions<StartupFaults>, StartupValidation>());
        services.AddOptions<StartupFaults>().ValidateOnStart();
        return registered;
    }
}

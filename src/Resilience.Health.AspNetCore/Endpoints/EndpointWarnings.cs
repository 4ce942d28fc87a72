using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Resilience.Health.AspNetCore;

/// <summary>Looks, once the host has started, at what only shows then.</summary>
internal sealed class EndpointWarnings(EndpointLog log, HealthEndpointOptions options, IServiceProvider services)
{
    private static readonly TimeSpan DrainInKubernetes = TimeSpan.FromSeconds(5); // The default of HealthOptions.DrainDelay there.

    public void Say()
    {
        if (options.ManagementPort is { } port)
        {
            var addresses = services.GetService<IServer>()?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            if (addresses.Count > 0 && !addresses.Any(address => BindingAddress.Parse(address).Port == port))
                log.NobodyListens(port);
            if (addresses.Count > 0 && addresses.All(address => BindingAddress.Parse(address).Port == port) && HasMore())
                log.SolePort(port);
        }

        var shutdown = services.GetRequiredService<IOptions<HostOptions>>().Value.ShutdownTimeout;
        var isInKubernetes = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 };
        var health = services.GetRequiredService<IOptions<HealthOptions>>().Value;
        var drain = health.DrainDelay ?? (isInKubernetes ? DrainInKubernetes : TimeSpan.Zero);
        if (drain > TimeSpan.Zero && drain >= shutdown / 2)
            log.LongDrain(drain, shutdown);
        if (health.RefuseWhileStarting == true && services.GetService<HealthFront>() is null && !Ours().Any(one => one?.Site.IsAtRoot == true)) // A group has no place in the pipeline.
            log.NobodyRefuses();
    }

    /// <summary>A worker that listens for nothing but health is as it should be.</summary>
    private bool HasMore() => Ours().Any(one => one is null);

    /// <summary>Of every endpoint: null if it is none of ours.</summary>
    private IEnumerable<HealthEndpointMetadata?> Ours() =>
        services.GetService<EndpointDataSource>()?.Endpoints.Select(endpoint => endpoint.Metadata.GetMetadata<HealthEndpointMetadata>()) ?? [];
}

using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Hosting;

namespace Resilience.Health.AspNetCore;

/// <summary>Looks, once the host has started, at what only shows then.</summary>
internal static class EndpointWarnings
{
    public static void Say(EndpointLog log, HealthEndpointOptions options, bool isIsolated, IServer? server, HostOptions host, HealthOptions health)
    {
        if (options.ManagementPort is { } port)
        {
            var addresses = server?.Features.Get<IServerAddressesFeature>()?.Addresses ?? [];
            if (addresses.Count > 0 && !addresses.Any(address => BindingAddress.Parse(address).Port == port))
                log.NobodyListens(port);
            if (!isIsolated)
                log.NotIsolated(port);
        }

        if (health.DrainDelay is { } drain && drain >= host.ShutdownTimeout / 2)
            log.LongDrain(drain, host.ShutdownTimeout);
    }
}

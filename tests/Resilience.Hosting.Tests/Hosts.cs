using Microsoft.Extensions.Hosting;

namespace Resilience.Hosting.Tests;

internal static class Hosts
{
    public static Task StartsAsync(this IHost host) => host.StartAsync().Within();

    public static Task StopsAsync(this IHost host) => host.StopAsync().Within();
}

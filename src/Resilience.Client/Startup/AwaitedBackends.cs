using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>
/// Which backends the start waits for: those whose check carries <see cref="StartupWait.Tag"/>. As the options have it, and so whoever waits
/// for the checks: tags may be changed there.
/// </summary>
internal sealed class AwaitedBackends(Registrations registered, IServiceProvider services)
{
    // Options that configure checks may want backends: they are asked for when the first backend is made, not before.
    private readonly Lazy<HashSet<string>> _names = new(() => Find(registered, services));

    public bool Contains(string backend) => _names.Value.Contains(backend);

    private static HashSet<string> Find(Registrations registered, IServiceProvider services)
    {
        var backends = registered.Checks.Select(check => check.Backend).ToHashSet(StringComparer.Ordinal);
        if (services.GetService(typeof(IOptions<HealthCheckServiceOptions>)) is IOptions<HealthCheckServiceOptions> options)
            backends.IntersectWith(options.Value.Registrations.Where(IsAwaited).Select(check => check.Name));
        return backends;
    }

    private static bool IsAwaited(HealthCheckRegistration check) => check.Tags.Contains(StartupWait.Tag, StringComparer.OrdinalIgnoreCase);
}

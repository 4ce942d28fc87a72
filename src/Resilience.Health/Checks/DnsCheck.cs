namespace Resilience.Health;

/// <summary>That a name resolves.</summary>
internal sealed class DnsCheck(DnsCheckSettings settings) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var addresses = await Dialer.ResolveAsync(settings.Host, cancellationToken).ConfigureAwait(false);
            var found = addresses.Distinct().Count();
            var data = new Dictionary<string, object> { ["addresses"] = found };
            return found >= settings.MinAddresses
                ? HealthCheckResult.Healthy(data: data)
                : context.Failed(CheckErrors.Dns, $"{settings.Host} resolves to {found} addresses, and {settings.MinAddresses} are expected.", data: data);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            // Whatever goes wrong here goes wrong with the name.
            return context.Failed(CheckErrors.Dns, $"{settings.Host} does not resolve.", e, new() { ["addresses"] = 0 });
        }
    }
}

internal sealed record DnsCheckSettings(string Host, int MinAddresses)
{
    public static IEnumerable<string> Faults(string host, DnsCheckOptions options)
    {
        if (!HostNames.IsOne(host))
            yield return "The host must be a name, such as catalog.internal.";
        if (options.MinAddresses is < 1 or > 1000)
            yield return $"MinAddresses is {options.MinAddresses} but must be 1 to 1000.";
    }
}

namespace Resilience.Health;

/// <summary>That a port takes connections. Connects, and closes.</summary>
internal sealed class TcpCheck(TcpCheckSettings settings, TimeProvider time) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            using var socket = await Dialer.ConnectAsync(settings.Host, settings.Port, time, cancellationToken).ConfigureAwait(false);
            return HealthCheckResult.Healthy(CheckResults.Connected);
        }
        catch (Exception e) when (!cancellationToken.IsCancellationRequested)
        {
            var code = ErrorClassifier.Classify(e);
            return context.Failed(code, FailureWords.Of(FailureWords.Address(settings.Host, settings.Port), code), e);
        }
    }
}

internal sealed record TcpCheckSettings(string Host, int Port)
{
    public static IEnumerable<string> Faults(string host, int port)
    {
        if (!HostNames.IsOne(host))
            yield return "The host must be a name or an address, such as rabbit or 10.0.0.7.";
        if (port is < 1 or > 65535)
            yield return $"The port is {port} but must be 1 to 65535.";
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HealthChecks.System; // The namespace of those of that family which ask nobody.

internal sealed class FakeSystemCheck : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(HealthCheckResult.Healthy());
}

using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace HealthChecks.Fake; // The namespace of a well-known family of checks, which ask other services.

internal sealed class FakeCheck : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default) => Task.FromResult(HealthCheckResult.Healthy());
}

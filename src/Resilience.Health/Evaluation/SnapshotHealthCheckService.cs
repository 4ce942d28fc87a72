namespace Resilience.Health;

/// <summary>
/// Answers the platform's own question from snapshots, so that its endpoints (<c>MapHealthChecks</c>) and publishers run no check either.
/// </summary>
internal sealed class SnapshotHealthCheckService(HealthEvaluator evaluator) : HealthCheckService
{
    public override Task<HealthReport> CheckHealthAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken = default) =>
        evaluator.ReportAsync(predicate, cancellationToken);
}

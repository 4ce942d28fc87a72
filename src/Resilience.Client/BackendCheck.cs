using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Client;

/// <summary>That a check of this backend was added.</summary>
internal sealed record BackendCheckRegistration(string Backend);

/// <summary>Says what the calls know already: asking costs the backend nothing.</summary>
internal sealed class BackendCheck(IBackend backend) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>
        {
            ["state"] = backend.State.ToString(),
            ["circuit"] = backend.Circuit.ToString(),
            ["since"] = backend.Since,
            ["errorRate"] = Math.Round(backend.ErrorRate, 3),
            ["budgetLeft"] = backend.BudgetLeft,
            ["waitingCalls"] = backend.WaitingCalls,
        };
        if (backend.LastSuccess is { } success)
            data["lastSuccess"] = success;
        return Task.FromResult(backend.State == BackendState.Up
            ? HealthCheckResult.Healthy(data: data)
            : new HealthCheckResult(context.Registration.FailureStatus, Text(), data: data));
    }

    private string Text() => string.Create(CultureInfo.InvariantCulture,
        $"{backend.State} since {backend.Since:HH:mm:ss} UTC: {backend.Cause}");
}

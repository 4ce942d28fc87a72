using System.Globalization;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Client;

/// <summary>That a check of this backend was added, and how.</summary>
internal sealed record BackendCheckRegistration(string Backend, HealthStatus FailureStatus, IReadOnlySet<string> Tags)
{
    public override string ToString() => $"{FailureStatus} and {(Tags.Count == 0 ? "no tags" : "tags " + string.Join(", ", Tags.Order(StringComparer.Ordinal)))}";
}

/// <summary>Says what the calls know already: asking costs the backend nothing.</summary>
internal sealed class BackendCheck(Backend backend, IHttpMessageHandlerFactory handlers) : IHealthCheck
{
    // As Resilience.Health reads it.
    private const string ErrorKey = "error";

    // Longer than any interval of the probe, shorter than who asks would wait.
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(1_500);

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (backend.Epoch.Startup is { } wait)
            await HearAsync(wait, cancellationToken).ConfigureAwait(false);
        IBackend state = backend;
        var data = new Dictionary<string, object>
        {
            ["state"] = state.State.ToString(),
            ["circuit"] = state.Circuit.ToString(),
            ["since"] = state.Since,
            ["errorRate"] = Math.Round(state.ErrorRate, 3),
            ["budgetLeft"] = state.BudgetLeft,
            ["waitingCalls"] = state.WaitingCalls,
        };
        if (state.LastSuccess is { } success)
            data["lastSuccess"] = success;
        if (state.State == BackendState.Up)
            return HealthCheckResult.Healthy(backend.Epoch.Congestion.IsNow ? $"Up, but overloaded: {backend.Limit.Cause}" : null, data);
        if (backend.Epoch.Code is { } code)
            data[ErrorKey] = code;
        return new(context.Registration.FailureStatus, string.Create(CultureInfo.InvariantCulture, $"{state.State} since {state.Since:HH:mm:ss} UTC: {state.Cause}"), data: data);
    }

    /// <summary>
    /// Waits for the probe's next answer. Who asks again and again then learns of the backend's return when the probe does: his pace and the
    /// probe's do not add up.
    /// </summary>
    private async Task HearAsync(StartupWait wait, CancellationToken cancellationToken)
    {
        var news = wait.News;
        if (!backend.Epoch.IsStarting)
            return;
        if (backend.Wire is null)
            _ = handlers.CreateHandler(backend.Name); // A gate may hold the start before anybody has made it.
        backend.Recovery.BeginStartup();
        await news.WaitAsync(Patience, backend.Clock.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        cancellationToken.ThrowIfCancellationRequested();
    }
}

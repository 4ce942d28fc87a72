using System.Globalization;
using Microsoft.Extensions.Hosting;

namespace Resilience.Hosting;

/// <summary>That a loop was heard of lately. It is expected to run from the moment the host and the service have started, until the host is told to stop.</summary>
internal sealed class LoopHeartbeatCheck(LoopHeartbeat heartbeat, IHealthEvaluator evaluator, IHostApplicationLifetime host, TimeProvider time) : IHealthCheck
{
    public const string Silence = "silenceSeconds", MaxSilence = "maxSilenceSeconds"; // In its data.
    private const string Moving = "moving", Resting = "resting";

    private long? _expectedSince;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        if (_expectedSince is null && host.ApplicationStarted.IsCancellationRequested && evaluator.Current.HasStarted)
            _expectedSince = time.GetTimestamp();
        if (_expectedSince is not { } since || heartbeat.IsPaused || host.ApplicationStopping.IsCancellationRequested)
            return Task.FromResult(HealthCheckResult.Healthy(Resting));

        var silence = heartbeat.Silence(since);
        var data = new Dictionary<string, object> { [Silence] = Math.Round(silence.TotalSeconds, 3), [MaxSilence] = heartbeat.MaxSilence.TotalSeconds };
        if (silence <= heartbeat.MaxSilence)
            return Task.FromResult(HealthCheckResult.Healthy(Moving, data));
        data[CheckErrors.DataKey] = CheckErrors.Stalled;
        var text = heartbeat.HasBeaten ? "has not come round" : "has not begun";
        return Task.FromResult(new HealthCheckResult(
            context.Registration.FailureStatus,
            string.Create(CultureInfo.InvariantCulture, $"The loop {heartbeat.Name} {text} for {silence.TotalSeconds:0.#} s, and may be silent for {heartbeat.MaxSilence.TotalSeconds:0.#} s."), data: data));
    }
}

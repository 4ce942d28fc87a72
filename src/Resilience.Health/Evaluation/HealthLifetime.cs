using System.Runtime.InteropServices;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>
/// Starts the evaluator before anything listens, and drains at the stop signal: readiness says no at once, and the host goes on serving for the drain
/// delay. Holding up <see cref="StoppingAsync"/> does that, because servers are stopped after it.
/// </summary>
internal sealed class HealthLifetime(
    HealthEvaluator evaluator, IOptions<HealthOptions> options, IHostApplicationLifetime host, HealthLog log) : IHostedLifecycleService
{
    private static readonly TimeSpan InKubernetes = TimeSpan.FromSeconds(5); // What its endpoints take, as a rule, to follow readiness.

    private CancellationTokenRegistration _signal;
    private bool _isStarted;

    public Task StartingAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    // Hosts of old do not know of StartingAsync.
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_isStarted)
            return;
        _isStarted = true;
        await evaluator.StartAsync().ConfigureAwait(false);
        _signal = host.ApplicationStopping.Register(evaluator.BeginDrain);
    }

    public async Task StoppingAsync(CancellationToken cancellationToken)
    {
        evaluator.BeginDrain();
        var delay = options.Value.DrainDelay ?? (Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST") is { Length: > 0 } ? InKubernetes : TimeSpan.Zero);
        if (delay <= TimeSpan.Zero || !evaluator.Current.HasStarted) // Nobody was sent here yet.
            return;
        log.Draining(delay);
        var skipped = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using var again = OperatingSystem.IsBrowser() ? null : PosixSignalRegistration.Create(PosixSignal.SIGINT, signal =>
        {
            signal.Cancel = true;
            skipped.TrySetResult();
        });
        await skipped.Task.WaitAsync(delay, evaluator.Time, cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (cancellationToken.IsCancellationRequested)
            log.DrainCutShort();
    }

    public async Task StoppedAsync(CancellationToken cancellationToken)
    {
        await _signal.DisposeAsync().ConfigureAwait(false);
        await evaluator.StopAsync(cancellationToken).ConfigureAwait(false);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

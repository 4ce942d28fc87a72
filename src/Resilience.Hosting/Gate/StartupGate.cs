using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Resilience.Hosting;

/// <summary>
/// Waits for the checks tagged <see cref="CheckTags.Startup"/>, and keeps the service starting meanwhile: beside the start (serve), or in its way (hold). What it comes to is decided by <see cref="GatePlan"/>.
/// </summary>
internal sealed class StartupGate : IHostedLifecycleService, IStartupGate, IDisposable
{
    private readonly IHealthEvaluator _evaluator;
    private readonly IHostApplicationLifetime _host;
    private readonly StartupGateOptions _options;
    private readonly GateMode _mode;
    private readonly GateLog _log;
    private readonly HostingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly StartHold _hold;
    private readonly GatePlan _plan;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private volatile Exception? _failure;
    private volatile GateWait? _wait; // Null before the start.
    private volatile bool _isOver; // However it has ended.

    public StartupGate(
        IHealthEvaluator evaluator, IOptions<HealthCheckServiceOptions> checks, IOptions<StartupGateOptions> options, GateMode mode, IHostApplicationLifetime host, GateLog log, HostingMetrics metrics, TimeProvider time)
    {
        (_evaluator, _host, _options, _mode, _log, _metrics, _time) = (evaluator, host, options.Value, mode, log, metrics, time);
        string[] names = [.. checks.Value.Registrations.Where(check => check.Tags.Contains(CheckTags.Startup, StringComparer.OrdinalIgnoreCase)).Select(check => check.Name).Distinct(StringComparer.OrdinalIgnoreCase)];
        // All hosted services are made before the first is started: the evaluator has not begun.
        evaluator.ValidateAtStart(() => StartupGateFaults.Of(_options, names));
        _plan = new(names, _options);
        _hold = evaluator.HoldStart();
        _hold.Postpone(names); // Until they are awaited: or else their first runs would queue with all others', and take as long.
    }

    public bool IsOpen => _opened.Task.IsCompletedSuccessfully;

    /// <summary>How it is now.</summary>
    public GateView View => _wait?.View ?? _plan.View;

    /// <summary>For how long it has waited.</summary>
    public TimeSpan Elapsed => _wait?.Elapsed ?? TimeSpan.Zero;

    /// <summary>How it is, and until when it has waited: until now, while it waits.</summary>
    public (GateView View, TimeSpan Until) ViewNow => View is { Verdict: GateVerdict.Waiting } view && !_isOver ? (view, Elapsed) : (View, View.At);

    public bool IsDisposed => _ended.IsCancellationRequested;

    public Task WaitAsync(CancellationToken cancellationToken = default) => _opened.Task.WaitAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    // Hosts of old do not know of StartingAsync.
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_wait is not null)
            return;
        var wait = _wait = new(_evaluator, _hold, _plan, _options, _log, _time);
        _metrics.Show(this);
        var stopping = CancellationTokenSource.CreateLinkedTokenSource(_host.ApplicationStopping, _ended.Token, _mode == GateMode.Hold ? cancellationToken : default);
        var running = Task.Run(() => RunAsync(wait, stopping), CancellationToken.None);
        if (_mode == GateMode.Hold)
            await running.ConfigureAwait(false);
    }

    // Whoever still waits must not hold up the stop. Not before it: to a background service the host would put it down as a failure.
    public Task StoppingAsync(CancellationToken cancellationToken)
    {
        _opened.TrySetCanceled(CancellationToken.None);
        return Task.CompletedTask;
    }

    public Task StopAsync(CancellationToken cancellationToken) => StoppingAsync(cancellationToken);

    /// <summary>The failure of a gate that had been serving: the host has stopped in order, and the run has failed all the same.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken) =>
        _failure is { } failure && _mode != GateMode.Hold ? Task.FromException(failure) : Task.CompletedTask;

    // The hold stays: a service that ends must not look as if it had started.
    public void Dispose()
    {
        _ended.Cancel();
        _opened.TrySetCanceled(CancellationToken.None);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync(GateWait wait, CancellationTokenSource stopping)
    {
        using (stopping)
        {
            try
            {
                if (!await wait.RunAsync(stopping.Token).ConfigureAwait(false))
                    return;
                _hold.Rest();
                if (_mode == GateMode.Hold)
                {
                    _host.ApplicationStarted.Register(_hold.Dispose); // What it held starts only now: the service is not ready before that has.
                }
                else
                {
                    _hold.Dispose();
                    await ServiceStartsAsync(stopping.Token).ConfigureAwait(false);
                }

                _opened.TrySetResult();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                _log.Stopped(wait.View, wait.Elapsed);
                var isToldToStop = _host.ApplicationStopping.IsCancellationRequested;
                var stopped = new StartStoppedException(isToldToStop);
                ExitCodes.Set(stopped, isToldToStop ? ExitCodes.Stopped : StartupGateException.ExitCode);
                ReleaseStart(stopped);
                if (_mode == GateMode.Hold)
                    throw stopped;
            }
            catch (Exception failure)
            {
                _failure = failure;
                if (failure is StartupGateException)
                    ExitCodes.Set(failure, StartupGateException.ExitCode);
                ReleaseStart(failure);
                if (_mode == GateMode.Hold)
                    throw;
                if (failure is StartupGateException && !_host.ApplicationStarted.IsCancellationRequested)
                    ExitCodes.SetOfCancellation(StartupGateException.ExitCode); // The host calls off what is still starting, and lets that through.
                _host.StopApplication();
            }
            finally
            {
                _isOver = true;
            }
        }
    }

    /// <summary>Every other check has run once: now requests are served, and it is open for everybody.</summary>
    private async Task ServiceStartsAsync(CancellationToken stopping)
    {
        for (var snapshot = _evaluator.Current; !snapshot.HasStarted;)
            snapshot = await _evaluator.WaitForChangeAsync(snapshot, stopping).ConfigureAwait(false);
    }

    /// <summary>Ends the waiting of a hosted service that holds up the host's start, which would not end otherwise.</summary>
    private void ReleaseStart(Exception why)
    {
        if (!_host.ApplicationStarted.IsCancellationRequested && _opened.TrySetException(why))
            _ = _opened.Task.Exception; // Nobody has to wait for it.
    }
}

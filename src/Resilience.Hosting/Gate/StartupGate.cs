using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Resilience.Hosting;

/// <summary>
/// Waits for the checks tagged <see cref="CheckTags.Startup"/>, and keeps the service starting meanwhile: beside the start (serve), or in its way (hold). What it comes to is decided by <see cref="GatePlan"/>.
/// </summary>
internal sealed class StartupGate : IHostedLifecycleService, IStartupGate, IDisposable
{
    // What is less is nothing to a timer: waiting so long for a deadline would be spinning.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly IHealthEvaluator _evaluator;
    private readonly IHostApplicationLifetime _host;
    private readonly StartupGateOptions _options;
    private readonly GateMode _mode;
    private readonly GateLog _log;
    private readonly TimeProvider _time;
    private readonly StartHold _hold;
    private readonly GatePlan _plan;
    private readonly TaskCompletionSource _opened = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly CancellationTokenSource _ended = new();
    private long _startedAt;
    private volatile GateView _view;
    private volatile Exception? _failure;
    private Task? _waiting; // Null before the start.

    public StartupGate(
        IHealthEvaluator evaluator, IOptions<HealthCheckServiceOptions> checks, IOptions<StartupGateOptions> options, GateMode mode, IHostApplicationLifetime host, GateLog log, TimeProvider time)
    {
        (_evaluator, _host, _options, _mode, _log, _time) = (evaluator, host, options.Value, mode, log, time);
        string[] names = [.. checks.Value.Registrations.Where(check => check.Tags.Contains(CheckTags.Startup, StringComparer.OrdinalIgnoreCase)).Select(check => check.Name).Distinct(StringComparer.OrdinalIgnoreCase)];
        // All hosted services are made before the first is started: the evaluator has not begun.
        evaluator.ValidateAtStart(() => StartupGateFaults.Of(_options, names));
        _plan = new(names, _options);
        _view = _plan.View;
        _hold = evaluator.HoldStart();
        _hold.Postpone(names); // Until they are awaited: or else their first runs would queue with all others', and take as long.
    }

    public bool IsOpen => _opened.Task.IsCompletedSuccessfully;

    /// <summary>How it is now.</summary>
    public GateView View => _view;

    /// <summary>For how long it has waited.</summary>
    public TimeSpan Elapsed => _time.GetElapsedTime(_startedAt);

    public Task WaitAsync(CancellationToken cancellationToken = default) => _opened.Task.WaitAsync(cancellationToken);

    public Task StartingAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    // Hosts of old do not know of StartingAsync.
    public async Task StartAsync(CancellationToken cancellationToken)
    {
        if (_waiting is not null)
            return;
        _startedAt = _time.GetTimestamp();
        var stopping = CancellationTokenSource.CreateLinkedTokenSource(_host.ApplicationStopping, _ended.Token, _mode == GateMode.Hold ? cancellationToken : default);
        _waiting = Task.Run(() => RunAsync(stopping), CancellationToken.None);
        if (_mode == GateMode.Hold)
            await _waiting.ConfigureAwait(false);
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

    private async Task RunAsync(CancellationTokenSource stopping)
    {
        using (stopping)
        {
            try
            {
                if (!await WaitForChecksAsync(stopping.Token).ConfigureAwait(false))
                    return;
                _opened.TrySetResult();
                if (_mode == GateMode.Hold)
                    _host.ApplicationStarted.Register(_hold.Dispose); // What it held starts only now: the service is not ready before that has.
                else
                    _hold.Dispose();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                _log.Stopped(_view, Elapsed);
                var stopped = new StartStoppedException("Told to stop before the startup gate opened.");
                ReleaseStart(stopped);
                if (_mode != GateMode.Hold)
                    return;
                if (_host.ApplicationStopping.IsCancellationRequested)
                    ExitCodes.Set(stopped, ExitCodes.Stopped);
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
                Environment.ExitCode = StartupGateException.ExitCode; // For those who do not let the exception through.
                _host.StopApplication();
            }
        }
    }

    /// <returns>False if the evaluator could not start, which is for it to say.</returns>
    private async Task<bool> WaitForChecksAsync(CancellationToken stopping)
    {
        if (_view.Verdict == GateVerdict.Open)
        {
            _log.NothingToWaitFor();
            return true;
        }

        var snapshot = _evaluator.Current;
        while (snapshot.Checks.Count == 0) // Where all services start at once, it may not have begun yet.
        {
            try
            {
                snapshot = await _evaluator.WaitForChangeAsync(snapshot, stopping).ConfigureAwait(false);
            }
            catch (InvalidOperationException)
            {
                return false;
            }
        }

        _plan.Begin(snapshot);
        _view = _plan.View;
        _log.Waiting(_view, _options);
        var nextReport = _options.ReportPeriod;
        Task<HealthSnapshot>? change = null;
        _hold.Await(_plan.Begun);
        while (true)
        {
            var now = Elapsed;
            var (stage, events) = (_plan.Stage, _plan.Look(snapshot, now));
            _view = _plan.View;
            if (_plan.Stage != stage)
                _hold.Await(_plan.Begun);
            foreach (var changed in events)
                _log.Changed(changed, now);
            if (_view.Verdict == GateVerdict.Open)
            {
                _log.Open(_view, now);
                return true;
            }

            if (_view.Verdict == GateVerdict.Failed)
                throw Failure(_view);
            if (now >= nextReport)
            {
                _log.StillWaiting(_view, now, _options);
                nextReport = now + GateText.UntilNextReport(now, _options);
            }

            if (change is null || change.IsCompleted)
                change = _evaluator.WaitForChangeAsync(snapshot, stopping);
            var wake = _plan.NextDeadline < nextReport ? _plan.NextDeadline : nextReport;
            var left = wake - Elapsed;
            await ((Task)change).WaitAsync(left > ShortestWait ? left : ShortestWait, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
            snapshot = _evaluator.Current;
        }
    }

    private StartupGateException Failure(GateView view)
    {
        var summary = GateText.Failure(view, _options);
        _log.Failed(view, summary);
        return new($"Startup gate: {summary}", [.. view.Lost.Select(check => check.Name)]);
    }

    /// <summary>Ends the waiting of a hosted service that holds up the host's start, which would not end otherwise.</summary>
    private void ReleaseStart(Exception why)
    {
        if (!_host.ApplicationStarted.IsCancellationRequested && _opened.TrySetException(why))
            _ = _opened.Task.Exception; // Nobody has to wait for it.
    }
}

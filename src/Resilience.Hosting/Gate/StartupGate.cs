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
        if (names.Length > 0)
            _hold.Postpone(_plan.Later);
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

    /// <summary>The failure of a gate that had been serving: the host has stopped in order, and the run has failed all the same.</summary>
    public Task StoppedAsync(CancellationToken cancellationToken)
    {
        if (_failure is not { } failure || _mode == GateMode.Hold)
            return Task.CompletedTask;
        End(failure);
        return Task.FromException(failure);
    }

    public void Dispose()
    {
        _ended.Cancel();
        _hold.Dispose();
        End(_failure);
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private async Task RunAsync(CancellationTokenSource stopping)
    {
        using (stopping)
        {
            try
            {
                await WaitForChecksAsync(stopping.Token).ConfigureAwait(false);
                _hold.Dispose();
                _opened.TrySetResult();
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
                _log.Stopped(_view, Elapsed);
                if (_mode != GateMode.Hold)
                    return;
                var stopped = new StartStoppedException("Told to stop before the startup gate opened.");
                if (_host.ApplicationStopping.IsCancellationRequested)
                    ExitCodes.Set(stopped, ExitCodes.Stopped);
                throw stopped;
            }
            catch (Exception failure)
            {
                _failure = failure;
                ExitCodes.Set(failure, StartupGateException.ExitCode);
                if (_mode == GateMode.Hold)
                    throw;
                Environment.ExitCode = StartupGateException.ExitCode; // For those who do not let the exception through.
                _host.StopApplication();
            }
        }
    }

    private async Task WaitForChecksAsync(CancellationToken stopping)
    {
        if (_view.Verdict == GateVerdict.Open)
        {
            _log.NothingToWaitFor();
            return;
        }

        var nextReport = _options.ReportPeriod;
        var snapshot = _evaluator.Current;
        _plan.Look(snapshot, TimeSpan.Zero);
        _log.Waiting(_plan.View, _options.Timeout);
        Task<HealthSnapshot>? change = null;
        while (true)
        {
            _hold.Await(_plan.Begun);
            var now = Elapsed;
            var events = _plan.Look(snapshot, now);
            _view = _plan.View;
            foreach (var changed in events)
                _log.Changed(changed, now);
            if (_view.Verdict == GateVerdict.Open)
            {
                _log.Open(_view, now);
                return;
            }

            if (_view.Verdict == GateVerdict.Failed)
                throw Failure(_view);
            if (now >= nextReport)
            {
                _log.StillWaiting(_view, now, _options.Timeout, _options.KeepWaiting);
                nextReport = now + _options.ReportPeriod;
            }

            if (change is null || change.IsCompleted)
                change = _evaluator.WaitForChangeAsync(snapshot, stopping);
            var wake = _plan.NextDeadline < nextReport ? _plan.NextDeadline : nextReport;
            var left = wake - Elapsed;
            await ((Task)change).WaitAsync(left > TimeSpan.Zero ? left : TimeSpan.Zero, _time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
            snapshot = _evaluator.Current;
        }
    }

    private StartupGateException Failure(GateView view)
    {
        GatedCheck[] missing = [.. view.Missing.Where(check => check.IsRequired)];
        var lost = missing.FirstOrDefault(check => check.State == GatedState.Missing && Reasons.IsHopeless(check.Error));
        var summary = lost is not null
            ? $"the start has failed after {Durations.Exact(view.At)}, and waiting would not help: {lost.Name}, {Reasons.Of(lost.Error)}."
            : $"the start has failed, after {Durations.Exact(view.At)} {GateText.Names(missing)} {(missing.Length == 1 ? "is" : "are")} not there.";
        _log.Failed(view, summary);
        return new($"Startup gate: {summary}", [.. missing.Select(check => check.Name)]);
    }

    private void End(Exception? failure)
    {
        if (failure is null ? _opened.TrySetCanceled() : _opened.TrySetException(failure))
            _ = _opened.Task.Exception; // Nobody has to wait for it.
    }
}

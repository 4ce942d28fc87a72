using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;

namespace Resilience.Hosting;

/// <summary>
/// Tells systemd how the service is, from a thread of its own: neither a busy thread pool nor a held start keeps it from that. Without systemd there is no thread. What to tell is decided by <see cref="NotifyPlan"/>.
/// </summary>
internal sealed class SystemdNotify : IHostedLifecycleService, IDisposable
{
    private static readonly TimeSpan LastWord = TimeSpan.FromSeconds(1); // For what is still to be said when the host is disposed of.

    private static SystemdNotify? _speaks; // The process' one socket: a host that runs beside another keeps silent, one that comes after it does not.

    private readonly SystemdEnvironment _systemd;
    private readonly SystemdNotifyOptions _options;
    private readonly IHealthEvaluator _evaluator;
    private readonly IHostApplicationLifetime _host;
    private readonly StartupGate? _gate;
    private readonly IConfiguration? _configuration;
    private readonly NotifyLog _log;
    private readonly HostingMetrics _metrics;
    private readonly TimeProvider _time;
    private readonly AutoResetEvent _wake = new(initialState: false);
    private readonly List<IDisposable> _registrations = [];
    private readonly NotifyPlan _plan;
    private readonly UnitRestarts? _restarts;
    private readonly PoolProof _proof;
    private readonly long _startedAt;
    private NotifySocket? _socket;
    private Thread? _thread;
    private bool _isStarted;
    private volatile bool _isDisposed;
    private bool _hasWarned, _poolStands; // The thread's.
    private int _hasReloaded, _deadLooks; // Those in a row; the first may be one after a halt.

    public SystemdNotify(
        SystemdEnvironment systemd, IOptions<SystemdNotifyOptions> options, IHealthEvaluator evaluator, IHostApplicationLifetime host, StartupGate? gate, IConfiguration? configuration, NotifyLog log,
        HostingMetrics metrics, TimeProvider time)
    {
        (_systemd, _options, _evaluator, _host, _gate, _configuration, _log, _metrics, _time) = (systemd, options.Value, evaluator, host, gate, configuration, log, metrics, time);
        _startedAt = time.GetTimestamp();
        _plan = new(_options, systemd.WatchdogPeriod);
        _restarts = systemd.IsUnit ? new(SystemdUnit.RestartsAsync, log) : null;
        _proof = new(Wake);
        evaluator.ValidateAtStart(() => _options.ReadFaults);
        metrics.Show(this);
    }

    public TimeSpan? PingAge => _plan.PingedAt is { } at ? _time.GetElapsedTime(_startedAt) - at : null;

    public TimeSpan? WatchdogPeriod => _systemd.WatchdogPeriod;

    public long? Restarts => _restarts?.Count;

    /// <summary>Whether there is a systemd, and this host speaks to it.</summary>
    public bool Speaks => _thread is not null && !_isDisposed;

    public Task StartingAsync(CancellationToken cancellationToken) => StartAsync(cancellationToken);

    // Hosts of old do not know of StartingAsync.
    public Task StartAsync(CancellationToken cancellationToken)
    {
        if (_systemd.Socket is null || _isStarted || Interlocked.CompareExchange(ref _speaks, this, null) is not null)
            return Task.CompletedTask;
        _isStarted = true;
        _socket = NotifySocket.Open(_systemd.Socket, out var error);
        if (_socket is null)
        {
            _log.CannotNotify(error ?? "");
            return Task.CompletedTask;
        }

        _log.Notifies(_systemd.WatchdogPeriod);
        _registrations.Add(_host.ApplicationStarted.Register(Wake));
        _registrations.Add(_host.ApplicationStopping.Register(Wake));
        if (_options.ReloadOnHangup && !OperatingSystem.IsWindows())
            _registrations.Add(PosixSignalRegistration.Create(PosixSignal.SIGHUP, Reload));
        _thread = new(Run) { IsBackground = true, Name = "systemd notifications" };
        _thread.UnsafeStart();
        return Task.CompletedTask;
    }

    public void Dispose()
    {
        if (_isDisposed)
            return;
        _isDisposed = true;
        _registrations.ForEach(registration => registration.Dispose());
        Wake();
        _thread?.Join(LastWord);
        Interlocked.CompareExchange(ref _speaks, null, this);
        _socket?.Dispose();
    }

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    private void Run()
    {
        bool isLast;
        do
        {
            isLast = _isDisposed; // Once more after that: how it ended.
            try
            {
                Look();
            }
            catch (Exception e) // A fault of ours must not get the service killed, nor end it.
            {
                _log.Failed(e);
            }
        }
        while (!isLast && (_wake.WaitOne(_plan.Rest) || true));
    }

    private void Look()
    {
        if (Interlocked.Exchange(ref _hasReloaded, 0) != 0)
            _plan.Reloaded();
        _proof.Look();
        var facts = Facts();
        if (_plan.Next(facts) is { } message)
        {
            if (_socket!.Send(message)) // There is one as long as the thread runs.
            {
                if (_plan.Sent())
                    _metrics.Pinged();
            }
            else
            {
                _plan.Failed();
                if (!_hasWarned)
                    _log.NotTaken();
                _hasWarned = true;
            }
        }

        if (_plan.WantsProof(facts.Elapsed))
            _proof.Ask(facts.Elapsed);
        Say(facts);
    }

    /// <summary>Why a kill is to be expected, in the log of the process that it will hit.</summary>
    private void Say(NotifyFacts facts)
    {
        if (_systemd.WatchdogPeriod is not { } period || !_options.Watchdog || facts.IsStopping)
            return;
        _deadLooks = facts.Snapshot.IsLive || !facts.HasStarted ? 0 : _deadLooks + 1;
        if (_deadLooks == 2)
            _log.NotLive(StatusText.Of(facts));
        var stands = facts.Elapsed - _proof.WaitingSince is { } waiting && waiting > period / 4 ? waiting : (TimeSpan?)null;
        if (stands is { } time && !_poolStands)
            _log.PoolStands(time);
        _poolStands = stands is not null;
    }

    private NotifyFacts Facts() => new()
    {
        Elapsed = _time.GetElapsedTime(_startedAt),
        Now = _time.GetUtcNow(),
        Snapshot = _evaluator.Current,
        Gate = _gate?.View,
        GateElapsed = _gate?.Elapsed ?? TimeSpan.Zero,
        IsHostStarted = _host.ApplicationStarted.IsCancellationRequested,
        IsStopping = _host.ApplicationStopping.IsCancellationRequested,
        ProvenAt = _proof.ProvenAt,
    };

    private void Wake() => _wake.Set();

    private void Reload(PosixSignalContext signal)
    {
        signal.Cancel = true; // Else it ends the process.
        _log.Reloads();
        // CLOCK_MONOTONIC, which Stopwatch reads on Linux.
        var stamp = (long)(Stopwatch.GetTimestamp() * (1e6 / Stopwatch.Frequency));
        _socket?.Send(string.Create(CultureInfo.InvariantCulture, $"RELOADING=1\nMONOTONIC_USEC={stamp}\nSTATUS=Reloading its configuration."));
        try
        {
            (_configuration as IConfigurationRoot)?.Reload();
        }
        catch (Exception e) // What cannot be read.
        {
            _log.ReloadFailed(e);
        }

        Volatile.Write(ref _hasReloaded, 1);
        Wake();
    }
}

using System.Diagnostics.Metrics;

namespace Resilience.Hosting;

/// <summary>
/// What is measured, in one place: read from the gate and from systemd's notifications when somebody collects; pings are counted. Never throws: a listener that fails must not end the notifications.
/// Safe for use by many threads.
/// </summary>
internal sealed class HostingMetrics : IDisposable
{
    private readonly Meter _meter;
    private readonly Meter? _ownMeter;
    private readonly Counter<long> _pings;

    /// <param name="meters">The host's; null if there is none, in services without a host, say.</param>
    public HostingMetrics(IMeterFactory? meters)
    {
        _meter = meters?.Create(TelemetryNames.Meter) ?? (_ownMeter = new(TelemetryNames.Meter));
        _pings = _meter.CreateCounter<long>(TelemetryNames.Instruments.WatchdogPings, "{ping}", "Watchdog pings sent to systemd.");
    }

    public void Pinged()
    {
        try
        {
            _pings.Add(1);
        }
        catch (Exception) // The listener's.
        {
        }
    }

    /// <summary>Shows the gate from now on, until it is disposed of.</summary>
    public void Show(StartupGate gate)
    {
        Add(TelemetryNames.Instruments.GateOpen, null, "1 once the startup gate is open.", Open);
        Add(TelemetryNames.Instruments.GateMissing, null, "1 while the startup gate waits for the check.", Missing);
        Add(TelemetryNames.Instruments.GateWait, "s", "For how long the startup gate has waited for the check, or had to.", Waits);

        void Add<T>(string name, string? unit, string description, Func<IEnumerable<Measurement<T>>> observe) where T : struct =>
            _meter.CreateObservableGauge(name, () => gate.IsDisposed ? [] : observe(), unit, description);

        IEnumerable<Measurement<int>> Open() => [new(gate.IsOpen ? 1 : 0)];

        IEnumerable<Measurement<int>> Missing() => gate.View.Checks.Select(check => Of(check.IsMissing ? 1 : 0, check));

        IEnumerable<Measurement<double>> Waits()
        {
            var (view, now) = gate.ViewNow;
            return view.Checks.Select(check => Of(check.WaitedUntil(now).TotalSeconds, check));
        }

        Measurement<T> Of<T>(T value, GatedCheck check) where T : struct => new(value, new KeyValuePair<string, object?>(TelemetryNames.Tags.Check, check.Name));
    }

    /// <summary>Shows what systemd is told from now on, until that ends.</summary>
    public void Show(SystemdNotify notify)
    {
        Add(TelemetryNames.Instruments.WatchdogAge, "s", "Time since the last watchdog ping.", () => notify.PingAge?.TotalSeconds);
        Add(TelemetryNames.Instruments.WatchdogPeriod, "s", "Within which time systemd wants a watchdog ping.", () => notify.WatchdogPeriod?.TotalSeconds);
        Add(TelemetryNames.Instruments.Restarts, "{restart}", "How often systemd has restarted the unit by itself.", () => notify.Restarts);

        void Add<T>(string name, string unit, string description, Func<T?> observe) where T : struct =>
            _meter.CreateObservableGauge<T>(name, () => notify.Speaks && observe() is { } value ? [new(value)] : [], unit, description);
    }

    // One of the host's belongs to its factory.
    public void Dispose() => _ownMeter?.Dispose();
}

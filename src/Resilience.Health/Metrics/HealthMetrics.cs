using System.Diagnostics.Metrics;

namespace Resilience.Health;

/// <summary>
/// What is measured, in one place. Runs are recorded where they end, if somebody listens; everything else is read from the newest snapshot when somebody collects. Never throws: a listener that
/// fails must not end a loop. Safe for use by many threads.
/// </summary>
internal sealed class HealthMetrics : IDisposable
{
    private static readonly InstrumentAdvice<double> RunBounds = new() { HistogramBucketBoundaries = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10] };

    private readonly IReadOnlyCollection<string> _disks;
    private readonly Meter _meter;
    private readonly Meter? _ownMeter;
    private readonly Histogram<double> _duration;
    private readonly Counter<long> _failures;
    private readonly Counter<long> _transitions;

    /// <param name="meters">The host's; null if there is none, in services without a host, say.</param>
    /// <param name="checks">Those of ours.</param>
    public HealthMetrics(IMeterFactory? meters, IEnumerable<CheckRegistration> checks)
    {
        _disks = [.. checks.Where(check => check.Settings is DiskCheckSettings).Select(check => check.Name)];
        _meter = meters?.Create(TelemetryNames.Meter) ?? (_ownMeter = new(TelemetryNames.Meter));
        _duration = _meter.CreateHistogram(TelemetryNames.Instruments.CheckDuration, "s", "How long runs of the check took.", tags: null, RunBounds);
        _failures = _meter.CreateCounter<long>(TelemetryNames.Instruments.CheckFailures, "{run}", "Runs of the check that were not well.");
        _transitions = _meter.CreateCounter<long>(TelemetryNames.Instruments.CheckTransitions, "{transition}", "Changes of the check's state, its first result included.");
    }

    /// <summary>Shows the evaluator's state from now on, until it has ended.</summary>
    public void Show(HealthEvaluator evaluator)
    {
        var gauges = new HealthGauges(evaluator, _disks);
        Add(TelemetryNames.Instruments.CheckStatus, null, "1 for the state that the check is in, after hysteresis; 0 for the others.", gauges.CheckStatus);
        Add(TelemetryNames.Instruments.CheckAge, "s", "Time since the check's newest result.", gauges.CheckAge);
        Add(TelemetryNames.Instruments.Live, null, "1 while the process is worth keeping.", gauges.Live);
        Add(TelemetryNames.Instruments.Ready, null, "1 while requests should be sent here.", gauges.Ready);
        Add(TelemetryNames.Instruments.Phase, null, "1 for the phase that the service is in, 0 for the others.", gauges.Phase);
        Add(TelemetryNames.Instruments.StartDuration, "s", "Time from the process' start until the service had started; growing until then.", gauges.StartDuration);
        Add(TelemetryNames.Instruments.DrainDuration, "s", "Time since the signal to stop.", gauges.DrainDuration);
        Add(TelemetryNames.Instruments.ProcessUptime, "s", "Time since the process was started.", gauges.Uptime);
        Add(TelemetryNames.Instruments.ProcessMemoryUsed, "By", "Memory in use: of the container, if that has a limit, without file cache that can be dropped.", gauges.MemoryUsed);
        Add(TelemetryNames.Instruments.ProcessMemoryLimit, "By", "Memory that may be used: the container's limit, else the machine's memory.", gauges.MemoryLimit);
        Add(TelemetryNames.Instruments.ProcessCpu, "1", "Share of all processors in use over the last 10 s.", gauges.Cpu);
        Add(TelemetryNames.Instruments.DiskFree, "By", "Bytes that may still be written to the check's disk.", gauges.DiskFree);
        Add(TelemetryNames.Instruments.DiskUsed, "1", "Share of the check's disk in use, as df counts.", gauges.DiskUsed);

        void Add<T>(string name, string? unit, string description, Func<IEnumerable<Measurement<T>>> observe) where T : struct =>
            _meter.CreateObservableGauge(name, () => evaluator.HasEnded ? [] : observe(), unit, description);
    }

    /// <param name="check">The check's name.</param>
    /// <param name="run">What its run came to.</param>
    /// <param name="codes">The codes of this check that are known so far.</param>
    /// <param name="before">The check's state before it.</param>
    /// <param name="now">The check's state after it.</param>
    public void Ran(string check, RunResult run, ErrorCodes codes, CheckSnapshot before, CheckSnapshot now)
    {
        try
        {
            if (_duration.Enabled)
                _duration.Record(run.Latency.TotalSeconds, new KeyValuePair<string, object?>(TelemetryNames.Tags.Check, check));
            if (run.Status != HealthStatus.Healthy && _failures.Enabled)
                _failures.Add(1, new(TelemetryNames.Tags.Check, check), new(TelemetryNames.Tags.Error, codes.Bounded(run.Error ?? CheckErrors.Failed)));
        }
        catch (Exception) // The listener's, who has heard of it before anybody here.
        {
        }

        Changed(before, now);
    }

    /// <summary>The check is in another state than before, perhaps.</summary>
    public void Changed(CheckSnapshot before, CheckSnapshot now)
    {
        if (!_transitions.Enabled || (before.IsKnown, before.Status) == (now.IsKnown, now.Status))
            return;
        try
        {
            _transitions.Add(1, new(TelemetryNames.Tags.Check, now.Name), new(TelemetryNames.Tags.From, HealthGauges.Word(before)), new(TelemetryNames.Tags.To, HealthGauges.Word(now)));
        }
        catch (Exception)
        {
        }
    }

    // One of the host's belongs to its factory.
    public void Dispose() => _ownMeter?.Dispose();
}

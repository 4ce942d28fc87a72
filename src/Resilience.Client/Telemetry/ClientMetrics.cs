using System.Diagnostics.Metrics;
using Instruments = Resilience.Client.TelemetryNames.Instruments;
using Tags = Resilience.Client.TelemetryNames.Tags;

namespace Resilience.Client;

/// <summary>The instruments of one host. Gauges look at the backends when somebody collects; the others cost a look at a field while nobody listens.</summary>
internal sealed class ClientMetrics
{
    // As the platform has them for http.client.request.duration, and on to the default Timeout, for calls wait.
    private static readonly InstrumentAdvice<double> Durations = new() { HistogramBucketBoundaries = [0.005, 0.01, 0.025, 0.05, 0.075, 0.1, 0.25, 0.5, 0.75, 1, 2.5, 5, 7.5, 10, 20, 30, 60] };
    private static readonly CircuitState[] CircuitStates = Enum.GetValues<CircuitState>();

    private readonly Func<IEnumerable<Backend>> _backends;
    private readonly ObservableGauge<double> _amplification;

    public ClientMetrics(Meter meter, Func<IEnumerable<Backend>> backends)
    {
        _backends = backends;
        CallDuration = meter.CreateHistogram(Instruments.CallDuration, "s", "How long calls took, waiting and retries included.", tags: null, Durations);
        Attempts = meter.CreateCounter<long>(Instruments.Attempts, "{attempt}", "Sends on the wire.");
        Retries = meter.CreateCounter<long>(Instruments.Retries, "{attempt}", "Attempts after a failed one.");
        Withheld = meter.CreateCounter<long>(Instruments.Withheld, "{attempt}", "Failed attempts that were not repeated.");
        CallWait = meter.CreateHistogram(Instruments.CallWait, "s", "Time that calls lost waiting.", tags: null, Durations);
        Transitions = meter.CreateCounter<long>(Instruments.Transitions, "{transition}", "Changes of the backend's state.");
        Probes = meter.CreateCounter<long>(Instruments.Probes, "{probe}", "Questions to a backend believed down.");
        _amplification = meter.CreateObservableGauge(Instruments.Amplification, () => Of<double>(backend => backend.Metrics.Amplification),
            "1", "Attempts per call over the retry budget's window.");
        meter.CreateObservableGauge(Instruments.CallsWaiting, () => Of<long>(backend => backend.Entrance.WaitingCalls), "{call}", "Calls that wait for the backend now.");
        meter.CreateObservableGauge(Instruments.InFlight, () => Of<long>(backend => ((IBackend)backend).InFlight), "{attempt}", "Attempts under way now.");
        meter.CreateObservableGauge(Instruments.ConcurrencyLimit, () => Of<long>(backend => ((IBackend)backend).ConcurrencyLimit), "{attempt}", "How many attempts may be under way at once.");
        meter.CreateObservableGauge(Instruments.BackendUp, () => Of<long>(backend => ((IBackend)backend).State == BackendState.Up ? 1 : 0),
            null, "1 while calls are let through, else 0.");
        meter.CreateObservableGauge(Instruments.BackendIsolated, () => Of<long>(backend => ((IBackend)backend).State == BackendState.Isolated ? 1 : 0),
            null, "1 while somebody has taken the backend out of service, else 0.");
        meter.CreateObservableGauge(Instruments.BackendSince, () => Of<double>(backend => ((IBackend)backend).Since.ToUnixTimeMilliseconds() / 1e3),
            "s", "Unix time of the last change between up, down and isolated.");
        meter.CreateObservableGauge(Instruments.BudgetLeft, () => Of<long>(backend => ((IBackend)backend).BudgetLeft), "{attempt}", "Attempts that the retry budget still allows.");
        meter.CreateObservableGauge(Instruments.CircuitState, CircuitStatesNow, null, "1 for the state that the circuit is in, 0 for the others.");
    }

    public Histogram<double> CallDuration { get; }
    public Counter<long> Attempts { get; }
    public Counter<long> Retries { get; }
    public Counter<long> Withheld { get; }
    public Histogram<double> CallWait { get; }
    public Counter<long> Transitions { get; }
    public Counter<long> Probes { get; }

    /// <summary>Whether somebody wants to know how long calls take, how many attempts they need, or of any attempt.</summary>
    public bool AreCallsWanted => CallDuration.Enabled || Attempts.Enabled || _amplification.Enabled;

    public bool IsAmplificationWanted => _amplification.Enabled;

    private IEnumerable<Measurement<T>> Of<T>(Func<Backend, T?> value) where T : struct
    {
        foreach (var backend in _backends())
        {
            if (value(backend) is { } known)
                yield return new(known, backend.Metrics.Tag);
        }
    }

    private IEnumerable<Measurement<long>> CircuitStatesNow() =>
        from backend in _backends()
        let now = ((IBackend)backend).Circuit
        from state in CircuitStates
        select new Measurement<long>(state == now ? 1 : 0, backend.Metrics.Tag, new(Tags.State, Words.Of(state)));
}

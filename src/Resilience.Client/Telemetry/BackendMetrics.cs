using Tags = Resilience.Client.TelemetryNames.Tags;

namespace Resilience.Client;

/// <summary>What is counted of one backend. Thread-safe; each method costs a look at a field while nobody listens.</summary>
internal sealed class BackendMetrics(string backend, ClientMetrics metrics, Clock clock, TimeSpan window)
{
    private const int Buckets = 20;

    private readonly RollingCounts _lately = new(window, Buckets); // Attempts, and calls that have ended.

    public KeyValuePair<string, object?> Tag { get; } = new(Tags.Backend, backend);

    /// <summary>Whether a call as a whole is to be measured.</summary>
    public bool AreCallsWanted => metrics.AreCallsWanted;

    /// <summary>Null without a call in the window. Calls count when they end, as their attempts do: those of an outage would look like repeated ones after it otherwise.</summary>
    public double? Amplification => _lately.Sum(clock.Now) is (var attempts, > 0 and var calls) ? (double)attempts / calls : null;

    public void Ended(CallEnd end, TimeSpan took)
    {
        metrics.CallDuration.Record(took.TotalSeconds, Tag, new(Tags.Outcome, end.Outcome), new(Tags.Reason, end.Reason));
        if (metrics.IsAmplificationWanted)
            _lately.Add(clock.Now, 0, 1);
    }

    public void Attempted(Outcome outcome, HttpResponseMessage? response)
    {
        if (metrics.Attempts.Enabled)
            metrics.Attempts.Add(1, Tag, new(Tags.Result, Words.Of(outcome, response?.StatusCode)));
        if (metrics.IsAmplificationWanted)
            _lately.Add(clock.Now, 1, 0);
    }

    public void Retried(Outcome failure) => metrics.Retries.Add(1, Tag, new(Tags.Reason, Words.Of(failure, null)));

    public void Withheld(Withheld why) => metrics.Withheld.Add(1, Tag, new(Tags.Reason, Words.Of(why)));

    public void Waited(TimeSpan time, string what) => metrics.CallWait.Record(time.TotalSeconds, Tag, new(Tags.For, what));

    public void Probed(ProbeAnswer answer) => metrics.Probes.Add(1, Tag, new(Tags.Result, Words.Of(answer)));

    public void Became(EpochState state) => metrics.Transitions.Add(1, Tag, new(Tags.State, Words.Of(state)));
}

using System.Diagnostics.Metrics;
using Tags = Resilience.Client.TelemetryNames.Tags;

namespace Resilience.Client;

/// <summary>
/// What is counted of one backend. Thread-safe; each method costs a look at a field while nobody listens. Never throws: whoever listens runs in here, and must
/// not fail calls, nor stop the probe.
/// </summary>
internal sealed class BackendMetrics(string backend, ClientMetrics metrics, Clock clock, TimeSpan window)
{
    private const int Buckets = 20;

    private readonly RollingCounts _lately = new(window, Buckets); // Attempts, and calls that have ended.

    public KeyValuePair<string, object?> Tag { get; } = new(Tags.Backend, backend);

    public ClientMetrics Instruments => metrics;

    /// <summary>Null without a call in the window. Calls count when they end, as their attempts do: those of an outage would look like repeated ones after it otherwise.</summary>
    public double? Amplification => _lately.Sum(clock.Now) is (var attempts, > 0 and var calls) ? (double)attempts / calls : null;

    /// <summary>A counter that begins with 1 hides its first event from whoever asks by how much it has grown.</summary>
    public void Begin()
    {
        foreach (var state in Enum.GetValues<EpochState>())
            Add(metrics.Transitions, new(Tags.State, Words.Of(state)), 0);
        foreach (var why in Enum.GetValues<Withheld>())
            Add(metrics.Withheld, new(Tags.Reason, Words.Of(why)), 0);
    }

    public void Ended(CallEnd end, TimeSpan took)
    {
        try
        {
            metrics.CallDuration.Record(took.TotalSeconds, Tag, new(Tags.Outcome, end.Outcome), new(Tags.Reason, end.Reason));
        }
        catch (Exception)
        {
            // The listener's.
        }

        if (metrics.IsAmplificationWanted)
            _lately.Add(clock.Now, 0, 1);
    }

    public void Attempted(Outcome outcome, HttpResponseMessage? response)
    {
        if (metrics.Attempts.Enabled)
            Add(metrics.Attempts, new(Tags.Result, Words.Of(outcome, response?.StatusCode)));
        if (metrics.IsAmplificationWanted)
            _lately.Add(clock.Now, 1, 0);
    }

    public void Retried(Outcome failure) => Add(metrics.Retries, new(Tags.Reason, Words.Of(failure, null)));

    public void Withheld(Withheld why) => Add(metrics.Withheld, new(Tags.Reason, Words.Of(why)));

    public void Waited(TimeSpan time, string what)
    {
        try
        {
            metrics.CallWait.Record(time.TotalSeconds, Tag, new(Tags.For, what));
        }
        catch (Exception)
        {
            // The listener's.
        }
    }

    public void Probed(ProbeAnswer answer) => Add(metrics.Probes, new(Tags.Result, Words.Of(answer)));

    public void Became(EpochState state) => Add(metrics.Transitions, new(Tags.State, Words.Of(state)));

    private void Add(Counter<long> counter, KeyValuePair<string, object?> tag, long number = 1)
    {
        try
        {
            counter.Add(number, Tag, tag);
        }
        catch (Exception)
        {
            // The listener's.
        }
    }
}

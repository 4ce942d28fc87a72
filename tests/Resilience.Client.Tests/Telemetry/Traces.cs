using System.Collections.Concurrent;
using System.Diagnostics;

namespace Resilience.Client.Tests;

/// <summary>Keeps the activities of some sources that have ended, in that order. The whole process' sources: tests that use it run alone.</summary>
internal sealed class Traces : IDisposable
{
    private readonly ActivityListener _listener;
    private readonly ConcurrentQueue<Activity> _ended = new();

    /// <param name="sampled">What becomes of an activity whose parent is recorded, or that has none; null for what throws.</param>
    /// <param name="sources">Their names; that of the client, unless given.</param>
    public Traces(ActivitySamplingResult? sampled = ActivitySamplingResult.AllDataAndRecorded, params string[] sources)
    {
        if (sources.Length == 0)
            sources = [TelemetryNames.Source];
        _listener = new()
        {
            ShouldListenTo = source => sources.Contains(source.Name),
            // As OpenTelemetry samples unless told otherwise: by the parent.
            Sample = (ref options) => sampled is null ? throw new InvalidOperationException("listener")
                : options.Parent == default || options.Parent.TraceFlags.HasFlag(ActivityTraceFlags.Recorded) ? sampled.Value : ActivitySamplingResult.PropagationData,
            ActivityStopped = _ended.Enqueue,
        };
        ActivitySource.AddActivityListener(_listener);
    }

    /// <summary>Those that are recorded.</summary>
    public IReadOnlyList<Activity> Ended => [.. _ended.Where(activity => activity is { Recorded: true, IsAllDataRequested: true })];

    public IReadOnlyList<Activity> Calls => [.. Ended.Where(activity => activity.OperationName == TelemetryNames.Activities.Call)];

    public IReadOnlyList<Activity> Probes => [.. Ended.Where(activity => activity.OperationName == TelemetryNames.Activities.Probe)];

    public IReadOnlyList<Activity> Attempts => [.. Ended.Where(activity => activity.Source.Name == "System.Net.Http")];

    public void Dispose() => _listener.Dispose();
}

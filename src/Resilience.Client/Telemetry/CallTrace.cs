using System.Diagnostics;
using Events = Resilience.Client.TelemetryNames.Events;
using Tags = Resilience.Client.TelemetryNames.Tags;

namespace Resilience.Client;

/// <summary>
/// The trace of a call: one activity, of which the attempts' own, the platform's, are children; waits and retries are events on it. Beginning and ending one never
/// throws: whoever listens runs in there, and must not fail calls, nor keep a backend down.
/// </summary>
internal static class CallTrace
{
    private static readonly ActivitySource Source = new(TelemetryNames.Source, TelemetryNames.Version);

    private const string Request = "request"; // Of a custom property, which is not exported.

    public static bool IsOn => Source.HasListeners();

    /// <summary>
    /// The activity of a request's call, from within it; null if it has none. The current one may be another's: of the call in whose handlers this one is made, where a
    /// sampler wants that one only.
    /// </summary>
    public static Activity? Of(HttpRequestMessage request) =>
        IsOn && Activity.Current is { IsAllDataRequested: true } call && ReferenceEquals(call.GetCustomProperty(Request), request) ? call : null;

    public static Activity? Start(Backend backend, HttpRequestMessage request)
    {
        var caller = Activity.Current;
        Activity? activity;
        try
        {
            activity = Source.StartActivity(TelemetryNames.Activities.Call);
        }
        catch (Exception)
        {
            Activity.Current = caller;
            return null;
        }

        if (activity is not { IsAllDataRequested: true })
            return activity;
        activity.SetCustomProperty(Request, request);
        activity.DisplayName = $"call {backend.Name}";
        activity.SetTag(Tags.Backend, backend.Name);
        activity.SetTag(Tags.Method, Words.Of(request.Method));
        activity.Attempted(0);
        return activity;
    }

    public static void End(Activity activity, CallEnd end)
    {
        activity.SetCustomProperty(Request, null); // Exporters keep it for a while.
        activity.SetTag(Tags.Outcome, end.Outcome);
        if (end.Outcome == Words.Failure)
        {
            activity.SetTag(Tags.Error, end.Reason);
            activity.SetStatus(ActivityStatusCode.Error);
        }

        Stop(activity);
    }

    public static void Attempted(this Activity call, int attempts) => call.SetTag(Tags.Attempts, attempts);

    public static void Retry(this Activity call, Outcome failure, TimeSpan delay, int attempt) => call.AddEvent(new(Events.Retry, tags: new()
    {
        [Tags.Reason] = Words.Of(failure, null),
        [Tags.Attempt] = attempt,
        [Tags.Seconds] = delay.TotalSeconds,
    }));

    public static void Withhold(this Activity call, Withheld why) => call.AddEvent(new(Events.Withheld, tags: new() { [Tags.Reason] = Words.Of(why) }));

    public static void Wait(this Activity call, Epoch epoch) => call.AddEvent(new(Events.Wait, tags: new() { [Tags.Reason] = epoch.IsUp ? Words.ForPlace : Words.OfWait(epoch.Code) }));

    /// <param name="call">The call's activity.</param>
    /// <param name="time">How long it has waited.</param>
    /// <param name="admitted">Where it was let in; null if it was not.</param>
    public static void WaitEnd(this Activity call, TimeSpan time, Epoch? admitted)
    {
        call.AddEvent(new(Events.WaitEnd, tags: new() { [Tags.Seconds] = time.TotalSeconds, [Tags.Outcome] = admitted is null ? Words.Failure : Words.Success }));
        if (admitted is { FoundBy: { TraceId: var trace } probe } && trace != default)
            call.AddLink(new(probe));
    }

    /// <summary>
    /// The probe that found the backend alive, as an activity of its own: it ended the waits of many calls, and belongs to none. Made after the fact, since those
    /// before it, a hundred in an outage, would tell nothing that a metric does not.
    /// </summary>
    public static ActivityContext Found(Backend backend, ProbeAnswer answer, DateTimeOffset began)
    {
        if (!IsOn)
            return default;
        var current = Activity.Current;
        Activity.Current = null;
        try
        {
            using var probe = Source.StartActivity(TelemetryNames.Activities.Probe, ActivityKind.Client, parentContext: default, startTime: began);
            if (probe is { IsAllDataRequested: true })
            {
                probe.DisplayName = $"probe {backend.Name}";
                probe.SetTag(Tags.Backend, backend.Name);
                probe.SetTag(Tags.Result, Words.Of(answer));
                probe.SetEndTime(backend.Clock.Time.GetUtcNow().UtcDateTime);
            }

            return probe?.Context ?? default;
        }
        catch (Exception)
        {
            return default; // The listener's, who must not keep the backend down.
        }
        finally
        {
            Activity.Current = current;
        }
    }

    /// <summary>A parent that is not recorded: what the platform traces of a probe is not either.</summary>
    public static Activity? Hide()
    {
        if (!IsOn)
            return null;
        var hidden = new Activity(TelemetryNames.Activities.Probe) { ActivityTraceFlags = ActivityTraceFlags.None };
        hidden.SetIdFormat(ActivityIdFormat.W3C);
        try
        {
            hidden.Start();
        }
        catch (Exception)
        {
            // The listener's.
        }

        return hidden;
    }

    public static void Stop(Activity? activity)
    {
        try
        {
            activity?.Stop();
        }
        catch (Exception)
        {
            // The listener's.
        }
    }
}

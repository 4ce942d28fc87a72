using System.Diagnostics;

namespace Resilience.Client;

/// <summary>
/// Marks the platform's activities of attempts after the first. A propagator is the one who is shown an attempt's request together with its activity; what it
/// propagates is up to the one in it.
/// </summary>
internal sealed class ResendCount(DistributedContextPropagator inner) : DistributedContextPropagator
{
    private static readonly HttpRequestOptionsKey<int> Resends = new("Resilience.Client.Resends");

    public override IReadOnlyCollection<string> Fields => inner.Fields;

    public static void Put(HttpRequestMessage request, int resends) => request.Options.Set(Resends, resends);

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is not null && carrier is HttpRequestMessage request && request.Options.TryGetValue(Resends, out var resends))
            activity.SetTag(TelemetryNames.Tags.ResendCount, resends);
        inner.Inject(activity, carrier, setter);
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        inner.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => inner.ExtractBaggage(carrier, getter);
}

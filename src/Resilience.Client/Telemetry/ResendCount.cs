using System.Diagnostics;

namespace Resilience.Client;

/// <summary>
/// Marks the platform's activities of attempts after the first. A propagator is the one who is shown an attempt's request together with its activity; what it
/// propagates is up to the one in it. What that one wrote for the attempt before must go, since it may only add; what the caller wrote himself must not.
/// </summary>
internal sealed class ResendCount(DistributedContextPropagator inner) : DistributedContextPropagator
{
    private static readonly HttpRequestOptionsKey<int> Resends = new("Resilience.Client.Resends");

    // Names of the caller's own headers.
    private static readonly HttpRequestOptionsKey<List<string>> Own = new("Resilience.Client.OwnContext");

    public override IReadOnlyCollection<string> Fields => inner.Fields;

    /// <returns>Whether no attempt will carry the context of the one before.</returns>
    public static bool Around(HttpMessageHandler primary)
    {
        if (primary is not SocketsHttpHandler sockets)
            return false;
        if (sockets.ActivityHeadersPropagator is null or ResendCount)
            return true;
        try
        {
            sockets.ActivityHeadersPropagator = new ResendCount(sockets.ActivityHeadersPropagator);
            return true;
        }
        catch (InvalidOperationException)
        {
            return false; // The user's own, and in use already.
        }
    }

    public static void Put(HttpRequestMessage request, int resends) => request.Options.Set(Resends, resends);

    public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter)
    {
        if (activity is not null && carrier is HttpRequestMessage request)
        {
            if (request.Options.TryGetValue(Resends, out var resends))
            {
                activity.SetTag(TelemetryNames.Tags.ResendCount, resends);
                Renew(request);
            }
            else
            {
                KeepOwn(request);
            }
        }

        inner.Inject(activity, carrier, setter);
    }

    private void KeepOwn(HttpRequestMessage request)
    {
        var headers = request.Headers.NonValidated;
        if (headers.Count > 0 && inner.Fields is { } fields && fields.Where(headers.Contains).ToList() is { Count: > 0 } own)
            request.Options.Set(Own, own);
    }

    private void Renew(HttpRequestMessage request)
    {
        request.Options.TryGetValue(Own, out var own);
        foreach (var field in inner.Fields ?? [])
        {
            if (own?.Contains(field) != true)
                request.Headers.Remove(field);
        }
    }

    public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) =>
        inner.ExtractTraceIdAndState(carrier, getter, out traceId, out traceState);

    public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => inner.ExtractBaggage(carrier, getter);
}

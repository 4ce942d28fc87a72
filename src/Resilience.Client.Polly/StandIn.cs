using Polly;

namespace Resilience.Client.Polly;

/// <summary>
/// The request as the engine sees it. The callback's own is left alone, since pipelines run a callback again with what it had; the engine needs to know only what
/// decides: method, body, key, options. It goes to the backend's address: what a callback meets with counts for the backend that it was declared for.
/// </summary>
internal static class StandIn
{
    private const string IdempotencyKey = "Idempotency-Key";

    public static HttpRequestMessage Of(ResilienceContext context, Backend backend, BackendStrategyOptions options)
    {
        context.Properties.TryGetValue(BackendStrategyOptions.Request, out var known);
        var request = new HttpRequestMessage(known?.Method ?? HttpMethod.Get, backend.RegisteredAddress);
        if (options.MayRunAgain is { } mayRunAgain)
            request.Options.Set(CallOptions.SafeToSendAgain, mayRunAgain(context));
        if (known is null)
            return request;

        (request.Version, request.VersionPolicy, request.Content) = (known.Version, known.VersionPolicy, known.Content);
        CopyKey(known, request);
        foreach (var (key, value) in known.Options)
        {
            if (!WireMark.IsMark(key))
                ((IDictionary<string, object?>)request.Options)[key] = value;
        }

        return request;
    }

    /// <summary>A response tells which request it answers. The engine takes note as it does of a redirect.</summary>
    public static void Reveal(HttpRequestMessage request, HttpRequestMessage answered)
    {
        request.Method = answered.Method;
        CopyKey(answered, request);
    }

    private static void CopyKey(HttpRequestMessage from, HttpRequestMessage to)
    {
        if (from.Headers.NonValidated.TryGetValues(IdempotencyKey, out var values))
        {
            to.Headers.Remove(IdempotencyKey);
            to.Headers.TryAddWithoutValidation(IdempotencyKey, values.ToString());
        }
    }
}

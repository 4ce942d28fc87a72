namespace Resilience.Client;

/// <summary>
/// The innermost handler of a chain that has handlers of the user's: the witness of what went on the wire. A refused connection proves
/// that nothing was sent only if it befell the first send of an attempt, not a later one of a handler that sends twice, or a call of its own.
/// </summary>
internal sealed class WireMark : DelegatingHandler
{
    private static readonly HttpRequestOptionsKey<object> Seen = new("Resilience.WireMark");
    private static readonly object Sent = new();

    public static bool SawFirstSendFail(HttpRequestMessage request, Exception? error) =>
        error is not null && request.Options.TryGetValue(Seen, out var seen) && ReferenceEquals(seen, error);

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var isFirst = !request.Options.TryGetValue(Seen, out _);
        request.Options.Set(Seen, Sent);
        try
        {
            return await base.SendAsync(request, cancellationToken).ConfigureAwait(false);
        }
        catch (Exception e) when (isFirst)
        {
            request.Options.Set(Seen, e);
            throw;
        }
    }

    public static bool IsBelow(DelegatingHandler handler)
    {
        for (var below = handler.InnerHandler; below is DelegatingHandler next; below = next.InnerHandler)
        {
            if (next is WireMark)
                return true;
        }

        return false;
    }

    /// <summary>A copy is a new attempt.</summary>
    public static bool IsMark(string key) => key == Seen.Key;
}

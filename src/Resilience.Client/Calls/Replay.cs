using System.Collections;
using System.Diagnostics;
using System.Net.Http.Headers;
using System.Net.Http.Json;

namespace Resilience.Client;

/// <summary>Whether and how a request is sent again.</summary>
internal static class Replay
{
    private const string IdempotencyKey = "Idempotency-Key";

    // Set anew for each attempt by a handler that is not prepared for it; a copy must not carry those of the first one.
    private static readonly HashSet<string> TraceHeaders =
        new(StringComparer.OrdinalIgnoreCase) { "traceparent", "tracestate", "baggage", "Request-Id", "Correlation-Context" };

    /// <summary>Whether the backend bears to get this request twice: RFC 9110, 9.2.2, or an <c>Idempotency-Key</c>.</summary>
    public static bool MayArriveTwice(HttpRequestMessage request, HttpMethod method, Settings settings) =>
        settings.SafeToSendAgain
        ?? (settings.UnsafeMethods == UnsafeMethods.Always || IsIdempotent(method) || request.Headers.NonValidated.Contains(IdempotencyKey));

    /// <summary>What forbids to send the call again after such a failure; null if nothing does.</summary>
    public static Withheld? Forbids(Call call, Outcome outcome)
    {
        if (!call.CanReplayBody && !outcome.LeavesBodyUntouched)
            return Withheld.Body;
        return call.MayArriveTwice
            || outcome.ProvesUnsent && call.Settings.UnsafeMethods == UnsafeMethods.WhenUnsent && call.Settings.SafeToSendAgain != false
            ? null : Withheld.NotSafe;
    }

    /// <summary>
    /// Whether the body can be produced again; a one-shot body of known, small size is kept for it, which reads it now.
    /// </summary>
    public static async ValueTask<bool> PrepareAsync(HttpContent? content, bool keep, int limit, CancellationToken cancellationToken)
    {
        switch (content)
        {
            case null:
                return true;
            case ByteArrayContent or ReadOnlyMemoryContent:
                return content.Headers.ContentLength <= limit;
            case JsonContent json when IsOneShot(json):
                return false;
            case JsonContent:
                // Made from its object each time; how large it is, only making it tells.
                return !keep || await FitsAsync(content, limit, cancellationToken).ConfigureAwait(false);
            default:
                // Trying would consume a body that turns out too large: without a length it is one-shot.
                return keep && content.Headers.ContentLength <= limit && await FitsAsync(content, limit, cancellationToken).ConfigureAwait(false);
        }
    }

    private static async ValueTask<bool> FitsAsync(HttpContent content, int limit, CancellationToken cancellationToken)
    {
        try
        {
            await content.LoadIntoBufferAsync(limit, cancellationToken).ConfigureAwait(false);
            return true;
        }
        catch (HttpRequestException e) when (e.HttpRequestError == HttpRequestError.ConfigurationLimitExceeded)
        {
            return false;
        }
    }

    /// <summary>
    /// The request as the caller made it, for a further attempt: handlers and redirects below us may have changed the message
    /// that was sent.
    /// </summary>
    /// <param name="call">The call.</param>
    /// <param name="renewsContext">Whether the wire replaces an earlier attempt's trace context itself.</param>
    public static HttpRequestMessage Copy(Call call, bool renewsContext)
    {
        var original = call.Request;
        var copy = new HttpRequestMessage(call.Method, call.Uri)
        {
            Version = original.Version,
            VersionPolicy = original.VersionPolicy,
            Content = call.Content,
        };
        var stale = !renewsContext && Activity.Current is not null;
        foreach (var (name, values) in call.Headers ?? Snapshot(original))
        {
            if (!stale || !TraceHeaders.Contains(name))
                copy.Headers.TryAddWithoutValidation(name, values);
        }

        foreach (var (key, value) in original.Options)
        {
            if (!WireMark.IsMark(key))
                ((IDictionary<string, object?>)copy.Options).Add(key, value);
        }

        return copy;
    }

    public static List<KeyValuePair<string, HeaderStringValues>> Snapshot(HttpRequestMessage request) => [.. request.Headers.NonValidated];

    // What is enumerated while it is written can often be enumerated only once.
    private static bool IsOneShot(JsonContent json) =>
        json.Value is IEnumerable and not string and not ICollection || json.Value is IAsyncEnumerable<object>
        || json.ObjectType.IsGenericType && json.ObjectType.GetGenericTypeDefinition() == typeof(IAsyncEnumerable<>);

    private static bool IsIdempotent(HttpMethod method) =>
        method == HttpMethod.Get || method == HttpMethod.Head || method == HttpMethod.Put || method == HttpMethod.Delete
        || method == HttpMethod.Options || method == HttpMethod.Trace;
}

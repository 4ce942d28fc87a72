using Polly;

namespace Resilience.Client.Polly;

/// <summary>What only a strategy needs to be told; all else comes from the backend's <see cref="BackendOptions"/>.</summary>
public sealed class BackendStrategyOptions : ResilienceStrategyOptions
{
    /// <summary>
    /// Where the strategy looks for the request, in the properties of the <see cref="ResilienceContext"/>: its method, body, <c>Idempotency-Key</c> and
    /// <see cref="CallOptions"/> decide as they do for the backend's other calls. Microsoft.Extensions.Http.Resilience puts it there, under the same key; a pipeline used without it may:
    /// <c>context.Properties.Set(BackendStrategyOptions.Request, request)</c>.
    /// </summary>
    public static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("Resilience.Http.RequestMessage");

    /// <summary>New options, all as they are by default.</summary>
    public BackendStrategyOptions() => Name = "Backend";

    /// <summary>
    /// Whether the callback may run again after an attempt that may have arrived; asked once per call, on the caller's thread. <see langword="false"/> means that it runs once,
    /// whatever happens. Default <see langword="null"/>: as the request's method and headers say where it is known (see <see cref="Request"/>). Where it is not, it may, as in every
    /// pipeline that retries, unless a response shows that it answers a method that is not idempotent. <see cref="CallOptions.SafeToSendAgain"/> of a known request wins.
    /// </summary>
    public Func<ResilienceContext, bool>? MayRunAgain { get; set; }
}

using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>What can be done to the backends' clients only once the user's actions and handlers are known; one for all backends.</summary>
internal sealed class ClientFinish(BackendRegistry backends) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    public void PostConfigure(string? name, HttpClientFactoryOptions options)
    {
        if (name is null || !backends.Contains(name))
            return;
        options.HttpClientActions.Add(http => TakeTimeout(name, http));
        options.HttpMessageHandlerBuilderActions.Add(chain => Witness(name, chain));
    }

    /// <summary>
    /// Takes over <see cref="HttpClient.Timeout"/> as it is once all registered client actions have run: shorter than the backend's own, it
    /// becomes the deadline of its calls, with our exception. HttpClient's timer, a linked source per call, is switched off.
    /// </summary>
    private void TakeTimeout(string name, HttpClient http)
    {
        if (http.Timeout == Timeout.InfiniteTimeSpan)
            return;
        backends.Get(name).LimitTimeout(http.Timeout);
        http.Timeout = Timeout.InfiniteTimeSpan;
    }

    /// <summary>The innermost of all handlers, and around the user's propagator.</summary>
    private void Witness(string name, HttpMessageHandlerBuilder chain)
    {
        backends.Get(name).RenewsContext = ResendCount.Around(chain.PrimaryHandler);
        var ours = chain.AdditionalHandlers.ToList().FindIndex(handler => handler is BackendHandler);
        if (ours >= 0 && ours < chain.AdditionalHandlers.Count - 1)
            chain.AdditionalHandlers.Add(new WireMark());
    }
}

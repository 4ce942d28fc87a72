using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>
/// Takes over <see cref="HttpClient.Timeout"/> as it is once all registered client actions have run: shorter than the backend's own, it
/// becomes the deadline of its calls, with our exception. HttpClient's timer, a linked source per call, is switched off.
/// </summary>
internal sealed class ClientTimeout(string name, BackendRegistry backends) : IPostConfigureOptions<HttpClientFactoryOptions>
{
    public void PostConfigure(string? client, HttpClientFactoryOptions options)
    {
        if (client != name)
            return;
        options.HttpClientActions.Add(http =>
        {
            if (http.Timeout == Timeout.InfiniteTimeSpan)
                return;
            backends.Get(name).LimitTimeout(http.Timeout);
            http.Timeout = Timeout.InfiniteTimeSpan;
        });
    }
}

using Microsoft.Extensions.Http;
using Microsoft.Extensions.Options;

namespace Resilience.Client;

/// <summary>
/// Makes the platform's named client call the backend. All of it in one step and one service, which stands where the backend was registered: handlers
/// of the user's that he added before stay outside of ours. Every client's options pass by every step of every client.
/// </summary>
internal sealed class ClientSetup(string backend, BackendRegistry backends) : IConfigureNamedOptions<HttpClientFactoryOptions>
{
    private static readonly TimeSpan HttpClientDefault = TimeSpan.FromSeconds(100); // Not set by anybody, so no wish.
    private static readonly TimeSpan ConnectionLifetime = TimeSpan.FromMinutes(2); // So that changes in DNS are followed.

    public void Configure(HttpClientFactoryOptions options)
    {
    }

    public void Configure(string? name, HttpClientFactoryOptions options)
    {
        if (name != backend)
            return;
        options.HandlerLifetime = Timeout.InfiniteTimeSpan;
        options.HttpClientActions.Add(Prepare);
        options.HttpMessageHandlerBuilderActions.Add(Prepare);
    }

    private void Prepare(HttpClient http)
    {
        http.BaseAddress = backends.Get(backend).RegisteredAddress;
        if (http.Timeout == HttpClientDefault)
            http.Timeout = Timeout.InfiniteTimeSpan;
    }

    private void Prepare(HttpMessageHandlerBuilder chain)
    {
        var called = backends.Get(backend);
        Prepare(chain.PrimaryHandler, called);
        chain.AdditionalHandlers.Add(new BackendHandler(called));
    }

    // In place, so that what was set before, a client certificate say, stays. A handler of another kind is left as it is.
    private static void Prepare(HttpMessageHandler primary, Backend backend)
    {
        if (primary is not SocketsHttpHandler sockets)
            return;
        sockets.PooledConnectionLifetime = ConnectionLifetime;
        sockets.UseCookies = false; // The handler serves all callers for the life of the host: one's session is not another's.
        if (sockets.ConnectTimeout == Timeout.InfiniteTimeSpan)
            sockets.ConnectTimeout = backend.ConnectTimeout;
    }
}

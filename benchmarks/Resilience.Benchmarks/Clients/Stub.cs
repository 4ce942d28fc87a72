using System.Net;
using System.Runtime.CompilerServices;

namespace Resilience.Benchmarks;

/// <summary>A backend without a network: what a call costs beyond it is the client's.</summary>
/// <param name="isAsynchronous">Whether it answers on another thread, as the network does, or has answered on return.</param>
/// <param name="answer">What it answers; it may throw.</param>
internal sealed class Stub(bool isAsynchronous, Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
{
    public static HttpResponseMessage Ok(HttpRequestMessage request) => new(HttpStatusCode.OK) { RequestMessage = request };

    public static HttpResponseMessage Refuse(HttpRequestMessage request) =>
        throw new HttpRequestException(HttpRequestError.ConnectionError, "Connection refused", new System.Net.Sockets.SocketException((int)System.Net.Sockets.SocketError.ConnectionRefused));

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        isAsynchronous ? LaterAsync(request) : Task.FromResult(answer(request));

    private async Task<HttpResponseMessage> LaterAsync(HttpRequestMessage request)
    {
        await default(Hop);
        return answer(request);
    }

    /// <summary>Goes on on another thread of the pool, always, as an answer from the network does.</summary>
    private readonly struct Hop : ICriticalNotifyCompletion
    {
        public bool IsCompleted => false;

        public Hop GetAwaiter() => this;

        public void GetResult()
        {
        }

        public void OnCompleted(Action continuation) => UnsafeOnCompleted(continuation);

        public void UnsafeOnCompleted(Action continuation) =>
            ThreadPool.UnsafeQueueUserWorkItem(static action => action(), continuation, preferLocal: false);
    }
}

using System.Net;
using System.Net.Sockets;

namespace Resilience.Client.Polly.Tests;

/// <summary>What a callback may meet with.</summary>
internal static class Answers
{
    public delegate Task<HttpResponseMessage> Answer(CancellationToken attempt);

    public static Answer Ok => Status(200);

    public static Answer Status(int status) => _ => Task.FromResult(new HttpResponseMessage((HttpStatusCode)status));

    public static Answer Fails(Exception error) => _ => Task.FromException<HttpResponseMessage>(error);

    public static HttpRequestException Refused() =>
        new(HttpRequestError.ConnectionError, "refused", new SocketException((int)SocketError.ConnectionRefused));

    public static HttpRequestException Cut() => new(HttpRequestError.ResponseEnded, "cut");

    /// <summary>Until its token fires.</summary>
    public static async Task<HttpResponseMessage> Hang(CancellationToken attempt)
    {
        var ended = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var registration = attempt.UnsafeRegister(_ => ended.TrySetCanceled(attempt), null);
        return await ended.Task;
    }
}

using System.Collections.Concurrent;

namespace Resilience.Benchmarks;

/// <summary>Answers nobody until it is told to.</summary>
internal sealed class HeldStub : HttpMessageHandler
{
    private readonly ConcurrentQueue<(TaskCompletionSource<HttpResponseMessage> Answer, HttpRequestMessage Request)> _held = new();

    public int Count => _held.Count;

    public void Release()
    {
        while (_held.TryDequeue(out var held))
            held.Answer.SetResult(Stub.Ok(held.Request));
    }

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var answer = new TaskCompletionSource<HttpResponseMessage>(TaskCreationOptions.RunContinuationsAsynchronously);
        _held.Enqueue((answer, request));
        return answer.Task;
    }
}

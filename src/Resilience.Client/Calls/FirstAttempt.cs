namespace Resilience.Client;

/// <summary>
/// Follows a first attempt to its answer. Kept with its token and used again, so that a call that goes well allocates a promise for its caller and nothing
/// else: the state machine of an asynchronous method would be more than twice as large.
/// </summary>
internal sealed class FirstAttempt
{
    private readonly Action _answered;
    private FirstCall _call;
    private TaskCompletionSource<HttpResponseMessage>? _promise;
    private ExecutionContext? _context;

    public FirstAttempt() => _answered = Answered;

    public Task<HttpResponseMessage> Follow(FirstCall call)
    {
        var promise = new TaskCompletionSource<HttpResponseMessage>();
        (_call, _promise, _context) = (call, promise, ExecutionContext.Capture());
        call.Attempt.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_answered);
        return promise.Task;
    }

    private void Answered()
    {
        var (call, promise, context) = (_call, _promise!, _context); // Set by Follow, which alone makes this be called.
        (_call, _promise, _context) = (default, null, null);
        // Once its token is returned, this object may follow another.
        if (call.Attempt.IsCompletedSuccessfully && call.Handler.TryPass(call, call.Handler.Now, isInContext: false))
            promise.SetResult(call.Attempt.Result);
        else if (context is null)
            _ = SettleAsync(call, promise);
        else
            ExecutionContext.Run(context, static state => _ = state is (FirstCall call, TaskCompletionSource<HttpResponseMessage> promise) ? SettleAsync(call, promise) : null, (call, promise));
    }

    private static async Task SettleAsync(FirstCall call, TaskCompletionSource<HttpResponseMessage> promise)
    {
        var settled = call.Handler.SettleAsync(call);
        await ((Task)settled).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        promise.SetFromTask(settled);
    }
}

/// <summary>A call on its first attempt: what it needs to go on should that not succeed.</summary>
internal readonly record struct FirstCall(
    BackendHandler Handler, Task<HttpResponseMessage> Attempt, HttpRequestMessage Request, HttpMethod Method, Uri? Uri, Settings Settings,
    Epoch Epoch, CallToken Token, TimeSpan Started, bool IsObserved, CancellationToken Caller);

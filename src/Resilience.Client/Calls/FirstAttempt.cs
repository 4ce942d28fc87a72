using System.Runtime.CompilerServices;

namespace Resilience.Client;

/// <summary>
/// Follows a first attempt to its answer. Kept with its token and used again, so that a call that goes well allocates a promise for its caller and nothing
/// else: the state machine of an asynchronous method would be more than twice as large.
/// </summary>
internal sealed class FirstAttempt
{
    private readonly Action _answered;
    private FirstCall _call;
    private AsyncTaskMethodBuilder<HttpResponseMessage> _promise; // As of an asynchronous method: a task, and no source beside it.
    private ExecutionContext? _context;

    public FirstAttempt() => _answered = Answered;

    public Task<HttpResponseMessage> Follow(FirstCall call)
    {
        (_call, _promise, _context) = (call, AsyncTaskMethodBuilder<HttpResponseMessage>.Create(), ExecutionContext.Capture());
        var promised = _promise.Task;
        call.Attempt.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_answered);
        return promised;
    }

    private void Answered()
    {
        var (call, promise, context) = (_call, _promise, _context);
        (_call, _promise, _context) = (default, default, null);
        // Once its token is returned, this object may follow another.
        if (call.Attempt.IsCompletedSuccessfully && call.Handler.TryPass(call, call.Handler.Now, isInContext: false))
            promise.SetResult(call.Attempt.Result);
        else if (context is null)
            SettleAsync(call, promise);
        else
            ExecutionContext.Run(context, static state =>
            {
                var (call, promise) = ((FirstCall, AsyncTaskMethodBuilder<HttpResponseMessage>))state!; // What is given below.
                SettleAsync(call, promise);
            }, (call, promise));
    }

    private static async void SettleAsync(FirstCall call, AsyncTaskMethodBuilder<HttpResponseMessage> promise)
    {
        try
        {
            promise.SetResult(await call.Handler.SettleAsync(call).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            promise.SetException(e);
        }
    }
}

/// <summary>A call on its first attempt: what it needs to go on should that not succeed.</summary>
internal readonly record struct FirstCall(
    BackendHandler Handler, Task<HttpResponseMessage> Attempt, HttpRequestMessage Request, HttpMethod Method, Uri? Uri, Settings Settings,
    Epoch Epoch, CallToken Token, TimeSpan Started, bool IsObserved, CancellationToken Caller);

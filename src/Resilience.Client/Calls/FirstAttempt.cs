using System.Runtime.CompilerServices;

namespace Resilience.Client;

/// <summary>
/// Follows a first attempt to its answer. Kept with its token and used again, so that a call that goes well allocates a task for its caller and nothing
/// else: the state machine of an asynchronous method would be more than twice as large.
/// </summary>
internal sealed class FirstAttempt
{
    private readonly CallToken _token;
    private readonly Action _answered;

    private AsyncTaskMethodBuilder<HttpResponseMessage> _promise; // As of an asynchronous method: a task, and no source beside it.
    private ExecutionContext? _context;
    private BackendHandler? _handler;
    private FirstCall _call;

    public FirstAttempt(CallToken token) => (_token, _answered) = (token, Answered);

    public Task<HttpResponseMessage> Follow(BackendHandler handler, in FirstCall call)
    {
        _handler = handler;
        _call = call;
        _context = ExecutionContext.Capture();
        _promise = AsyncTaskMethodBuilder<HttpResponseMessage>.Create();
        var promised = _promise.Task;
        call.Attempt.ConfigureAwait(false).GetAwaiter().UnsafeOnCompleted(_answered);
        return promised;
    }

    private void Answered()
    {
        var handler = _handler!; // Set by Follow, which alone makes this be called.
        var attempt = _call.Attempt;
        var promise = _promise;
        bool isPassed;
        try
        {
            // Once its token is returned, this object may follow another.
            isPassed = attempt.IsCompletedSuccessfully && handler.TryPass(_call, _token, handler.Now, isInContext: false);
        }
        catch (Exception e) // A content of the user's. Nobody else would hear of it: this runs for the pool.
        {
            promise.SetException(e);
            return;
        }

        if (isPassed)
            promise.SetResult(attempt.Result);
        else
            Settle(handler, promise);
    }

    /// <summary>What it has followed is let go of: before its token is returned.</summary>
    public void Clear() => (_call, _promise, _context, _handler) = (default, default, null, null);

    private void Settle(BackendHandler handler, AsyncTaskMethodBuilder<HttpResponseMessage> promise)
    {
        var (call, context) = (_call, _context);
        _context = null;
        if (context is null)
            SettleAsync(handler, call, _token, promise);
        else
            ExecutionContext.Run(context, _ => SettleAsync(handler, call, _token, promise), null);
    }

    private static async void SettleAsync(BackendHandler handler, FirstCall call, CallToken token, AsyncTaskMethodBuilder<HttpResponseMessage> promise)
    {
        try
        {
            promise.SetResult(await handler.SettleAsync(call, token, isObserved: false).ConfigureAwait(false));
        }
        catch (Exception e)
        {
            promise.SetException(e);
        }
    }
}

/// <summary>A call on its first attempt: what it needs to go on should that not succeed.</summary>
internal readonly struct FirstCall(
    Task<HttpResponseMessage> attempt, HttpRequestMessage request, HttpMethod method, Uri? uri, Settings settings, Epoch epoch, TimeSpan started, CancellationToken caller)
{
    public Task<HttpResponseMessage> Attempt { get; } = attempt;
    public HttpRequestMessage Request { get; } = request;
    public HttpMethod Method { get; } = method;
    public Uri? Uri { get; } = uri;
    public Settings Settings { get; } = settings;
    public Epoch Epoch { get; } = epoch;
    public TimeSpan Started { get; } = started;
    public CancellationToken Caller { get; } = caller;
}

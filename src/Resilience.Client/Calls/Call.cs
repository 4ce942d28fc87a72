using System.Diagnostics;
using System.Net;
using System.Net.Http.Headers;

namespace Resilience.Client;

/// <summary>A call that left the short path: what it wants, what it has done, what came of it last.</summary>
internal sealed class Call(
    Backend backend, HttpRequestMessage request, HttpMethod method, Uri? uri, Settings settings, TimeSpan started, CancellationToken caller)
{
    private const int KeptBody = 64 * 1024;

    public HttpRequestMessage Request { get; } = request;
    public Settings Settings { get; } = settings;
    public CancellationToken Caller { get; } = caller;
    public TimeSpan Started { get; } = started;
    public TimeSpan Deadline { get; } = started + settings.Timeout;

    // As the caller gave them: a redirect below us writes into the request.
    public HttpMethod Method { get; private set; } = method;
    public Uri? Uri { get; private set; } = uri;
    public HttpContent? Content { get; private set; } = request.Content;

    /// <summary>The headers before any handler below us added its own; kept only where there are such handlers.</summary>
    public List<KeyValuePair<string, HeaderStringValues>>? Headers { get; private set; }

    public bool MayArriveTwice { get; private set; } = Replay.MayArriveTwice(request, method, settings);
    public bool CanReplayBody { get; set; } = true;
    public int Attempts { get; set; }
    public int Retries { get; set; }

    /// <summary>When its next attempt, or the one under way, was charged to the budget: one that succeeds is not, where the backend is not overloaded.</summary>
    public TimeSpan? ChargedAt { get; set; }

    /// <summary>How often it went back to waiting although others succeeded.</summary>
    public int FreeWaits { get; set; }

    /// <summary>Until when it rests from a trial that failed.</summary>
    public TimeSpan RipeAt { get; set; }

    /// <summary>Why its failure was not repeated; null while nothing keeps it from that.</summary>
    public Withheld? Withheld { get; private set; }

    /// <summary>The call's activity, if it is traced.</summary>
    public Activity? Trace { get; } = CallTrace.Of(request);

    /// <summary>The last attempt's response; ours to dispose until it is returned.</summary>
    public HttpResponseMessage? Response { get; private set; }
    public Exception? Error { get; private set; }
    public Outcome Outcome { get; private set; }

    /// <summary>The one that the last attempt began in.</summary>
    public Epoch? Epoch { get; private set; }
    public HttpStatusCode? LastStatus { get; private set; }

    /// <summary>Whether the response's body has been read into memory.</summary>
    public bool BodyIsRead { get; set; }

    public TimeSpan Left => Deadline - backend.Clock.Now;

    public void KeepHeaders() => Headers = Replay.Snapshot(Request);

    /// <summary>
    /// A redirect was answered, and what failed is the request it led to: that one is sent again, not the one before, which the backend
    /// has dealt with.
    /// </summary>
    public void FollowRedirect(HttpRequestMessage sent)
    {
        if (backend.Endpoint.HasMoved || sent.RequestUri == Uri && sent.Method == Method)
            return;
        (Method, Uri, Content) = (sent.Method, sent.RequestUri, sent.Content);
        Headers = Replay.Snapshot(sent);
        MayArriveTwice = Replay.MayArriveTwice(sent, sent.Method, Settings);
    }

    public void Withhold(Withheld why)
    {
        Withheld = why;
        backend.Metrics.Withheld(why);
        Trace?.Withhold(why);
    }

    /// <summary>It is to be sent again after a delay.</summary>
    public void Retry(TimeSpan delay)
    {
        Trace?.Retry(Outcome, delay, Attempts + 1);
        backend.Log.Retries(Outcome, delay, Attempts);
    }

    public bool IsCancelled => Caller.IsCancellationRequested;

    public void Ended(Epoch epoch, Outcome outcome, HttpResponseMessage? response, Exception? error)
    {
        Discard();
        (Epoch, Outcome, Response, Error) = (epoch, outcome, response, error);
        LastStatus = response?.StatusCode ?? LastStatus;
        Trace?.Attempted(Attempts);
    }

    /// <summary>Before the next attempt, or when no response is returned at all.</summary>
    public void Discard()
    {
        Drop(Response);
        Response = null;
        BodyIsRead = false;
    }

    /// <summary>A body of the user's that throws when it is disposed of must not keep a place.</summary>
    public void Drop(HttpResponseMessage? response)
    {
        try
        {
            response?.Dispose();
        }
        catch (Exception e)
        {
            backend.Log.DisposeFailed(e);
        }
    }

    /// <summary>What the last attempt came to: its response as it came, or the exception that says what happened.</summary>
    public HttpResponseMessage Result()
    {
        if (Outcome.Kind == FailureKind.Cancelled)
            throw Cancelled();
        if (Response is { } response)
            return response;
        if (Outcome.Kind == FailureKind.Foreign && Error is not null)
        {
            backend.Log.HandlerFailed(Attempts, Settings.Timeout - Left, Outcome.Describe(), backend.Clock.Now);
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(Error);
        }

        throw Failed(Outcome.Kind switch
        {
            FailureKind.AttemptTimeout => BackendFailureReason.AttemptTimeout,
            FailureKind.DeadlineExceeded => BackendFailureReason.DeadlineExceeded,
            FailureKind.ConnectionLost => BackendFailureReason.ConnectionLost,
            FailureKind.SecureConnection or FailureKind.Certificate => BackendFailureReason.SecureConnection,
            FailureKind.InvalidResponse => BackendFailureReason.InvalidResponse,
            FailureKind.TooLarge => BackendFailureReason.ResponseTooLarge,
            FailureKind.Rejected => BackendFailureReason.Rejected,
            _ => BackendFailureReason.Unavailable,
        });
    }

    /// <summary>The call ends without a further attempt: a response of an earlier one is still the answer, if there is one.</summary>
    public HttpResponseMessage GiveUp(BackendFailureReason reason) => Response ?? throw Failed(reason);

    /// <summary>
    /// Before a delay or a wait: reads a small body now, so that the response does not hold its connection meanwhile. A larger one, or one of
    /// unknown length, keeps it.
    /// </summary>
    public async ValueTask KeepResponseAsync()
    {
        if (Response is not { } response || BodyIsRead || response.Content.Headers.ContentLength is not (>= 0 and <= KeptBody))
            return;
        var longest = backend.Clock.Now + Settings.AttemptTimeout;
        var token = backend.InFlight.Rent(longest < Deadline ? longest : Deadline, Caller);
        try
        {
            await response.Content.LoadIntoBufferAsync(KeptBody, token.Token).ConfigureAwait(false);
        }
        catch (Exception e) when (e is HttpRequestException or OperationCanceledException)
        {
            // Status and headers are the answer still; the body is lost.
            response.Content.Dispose();
            response.Content = new ByteArrayContent([]);
        }
        finally
        {
            backend.InFlight.Return(token);
        }

        BodyIsRead = true;
    }

    public OperationCanceledException Cancelled()
    {
        Discard();
        return new TaskCanceledException(null, Outcome.Kind == FailureKind.Cancelled ? Error : null, Caller);
    }

    public BackendException Failed(BackendFailureReason reason)
    {
        Discard();
        var elapsed = Settings.Timeout - Left;
        backend.Log.CallFailed(reason, Attempts, elapsed, FailureText.Cause(backend, this, reason), backend.Clock.Now);
        return new(backend.Name, reason, FailureText.Of(backend, this, reason, elapsed), Attempts, elapsed, LastStatus,
            backend.Recovery.NextProbeIn, inner: Error);
    }
}

using System.Net;

namespace Resilience.Client;

/// <summary>
/// The one exception of a failed call. <see cref="OperationCanceledException"/> only ever means the caller's own token.
/// The message names backend, reason, attempts, time spent and the setting to change; it holds no URI, header or body.
/// </summary>
public sealed class BackendException : HttpRequestException
{
    internal BackendException(
        string backend, BackendFailureReason reason, string message, int attempts, TimeSpan elapsed,
        HttpStatusCode? lastStatus = null, TimeSpan? retryAfter = null, BackendProblem? problem = null, Exception? inner = null)
        : base((inner as HttpRequestException)?.HttpRequestError ?? HttpRequestError.Unknown, message, inner, lastStatus)
    {
        Backend = backend;
        Reason = reason;
        Attempts = attempts;
        Elapsed = elapsed;
        LastStatus = lastStatus;
        RetryAfter = retryAfter;
        Problem = problem;
    }

    /// <summary>The backend's name, as registered.</summary>
    public string Backend { get; }

    /// <summary>Why the call failed.</summary>
    public BackendFailureReason Reason { get; }

    /// <summary>How many attempts were made, refused connections included; 0 when none was.</summary>
    public int Attempts { get; }

    /// <summary>How long the call took, waiting included.</summary>
    public TimeSpan Elapsed { get; }

    /// <summary>The status of the last response that any attempt got, if one did.</summary>
    public HttpStatusCode? LastStatus { get; }

    /// <summary>When to try again at the earliest: what the backend asked for, or when it is probed next.</summary>
    public TimeSpan? RetryAfter { get; }

    /// <summary>The problem details (RFC 9457) that came with a status that is not success, if any did.</summary>
    public BackendProblem? Problem { get; }
}

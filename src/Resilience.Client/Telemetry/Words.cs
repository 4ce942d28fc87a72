using System.Globalization;
using System.Net;

namespace Resilience.Client;

/// <summary>The values of tags: few, in lower case, and the same for ever. <c>docs/telemetry.md</c> lists them.</summary>
internal static class Words
{
    public const string Success = "success", Failure = "failure", Cancelled = "cancelled", None = "none", Exception = "exception";
    public const string Starting = "starting";
    public const string ForRecovery = "recovery", ForRetry = "retry", ForPlace = "concurrency";

    private static readonly HttpMethod[] Methods =
        [HttpMethod.Get, HttpMethod.Post, HttpMethod.Put, HttpMethod.Delete, HttpMethod.Patch, HttpMethod.Head, HttpMethod.Options, HttpMethod.Trace, HttpMethod.Connect];

    private const string HttpPrefix = "http_";

    public static string Of(BackendFailureReason reason) => reason switch
    {
        BackendFailureReason.Unavailable => "unavailable",
        BackendFailureReason.CircuitOpen => "circuit_open",
        BackendFailureReason.Isolated => "isolated",
        BackendFailureReason.TooManyWaiting => "too_many_waiting",
        BackendFailureReason.Overloaded => "overloaded",
        BackendFailureReason.DeadlineExceeded => "deadline_exceeded",
        BackendFailureReason.AttemptTimeout => "attempt_timeout",
        BackendFailureReason.ConnectionLost => "connection_lost",
        BackendFailureReason.SecureConnection => "secure_connection",
        BackendFailureReason.InvalidResponse => "invalid_response",
        BackendFailureReason.ResponseTooLarge => "response_too_large",
        BackendFailureReason.Status => "status",
        _ => "rejected",
    };

    /// <summary>What came of an attempt.</summary>
    /// <param name="outcome">As the policies see it.</param>
    /// <param name="status">Of the response, if there was one: a 500 is passed on, and is no success all the same.</param>
    public static string Of(Outcome outcome, HttpStatusCode? status) => outcome switch
    {
        { Kind: FailureKind.Cancelled } => Cancelled,
        { Kind: FailureKind.Status } => Of(outcome.Status),
        { Verdict: Verdict.Success } => status is { } code && IsFailure(code) ? Of(code) : Success,
        _ => outcome.Code,
    };

    /// <summary>Whether a response that no policy minds is the backend's failure.</summary>
    public static bool IsFailure(HttpStatusCode status) => (int)status >= 500;

    // A backend may answer with any number: what is rare shares one word.
    public static string Of(HttpStatusCode status) => (int)status switch
    {
        408 => "http_408",
        429 => "http_429",
        500 => "http_500",
        501 => "http_501",
        502 => "http_502",
        503 => "http_503",
        504 => "http_504",
        505 => "http_505",
        _ => "http_other",
    };

    /// <summary>As OpenTelemetry has it: methods that nobody knows may come from anywhere.</summary>
    public static string Of(HttpMethod method) => Array.Find(Methods, known => known == method)?.Method ?? "_OTHER";

    public static string Of(CircuitState state) => state switch
    {
        CircuitState.Closed => "closed",
        CircuitState.Open => "open",
        _ => "probing",
    };

    public static string Of(EpochState state) => state switch
    {
        EpochState.Up => "up",
        EpochState.Down => "down",
        EpochState.Probing => "probing",
        _ => "isolated",
    };

    /// <summary>Why a call waits, by the code of the epoch it waits in.</summary>
    public static string OfWait(string? code) => code switch
    {
        null or StartupWait.NotRun => Starting,
        _ when code.StartsWith(HttpPrefix, StringComparison.Ordinal) && int.TryParse(code.AsSpan(HttpPrefix.Length), CultureInfo.InvariantCulture, out var status) => Of((HttpStatusCode)status),
        _ => code,
    };

    public static string Of(ProbeAnswer answer) => answer switch
    {
        ProbeAnswer.Ready => "ready",
        ProbeAnswer.Alive => "alive",
        ProbeAnswer.NotYet => "not_ready",
        ProbeAnswer.Silent => "silent",
        _ => "away",
    };

    public static string Of(Withheld why) => why switch
    {
        Withheld.Budget => "budget",
        Withheld.Deadline => "deadline",
        Withheld.NotSafe => "not_safe",
        Withheld.Body => "body",
        Withheld.MaxRetries => "max_retries",
        _ => "down",
    };
}

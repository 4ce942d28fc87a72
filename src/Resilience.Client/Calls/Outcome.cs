using System.Globalization;
using System.Net;

namespace Resilience.Client;

/// <summary>What came of one attempt.</summary>
internal readonly record struct Outcome(Verdict Verdict, FailureKind Kind = FailureKind.None, HttpStatusCode Status = default)
{
    public static readonly Outcome Success = new(Verdict.Success);

    /// <summary>The failure proves that no byte of the request reached the backend.</summary>
    public bool ProvesUnsent => Kind is FailureKind.Refused or FailureKind.Unreachable or FailureKind.NameNotFound or FailureKind.ConnectFailed
        or FailureKind.ConnectTimeout or FailureKind.RefusedStream;

    /// <summary>... and not even the request's body was touched.</summary>
    public bool LeavesBodyUntouched => ProvesUnsent && Kind != FailureKind.RefusedStream;

    /// <summary>Not answered in time: what an overload looks like, among others.</summary>
    public bool IsLate => Kind is FailureKind.AttemptTimeout or FailureKind.DeadlineExceeded;

    /// <summary>Nobody is there: the backend is down, no further sample needed.</summary>
    public bool MeansDown => Kind is FailureKind.Refused or FailureKind.Unreachable or FailureKind.NameNotFound;

    /// <summary>No secure connection: a server, but perhaps not the one that was meant.</summary>
    public bool IsInsecure => Kind is FailureKind.SecureConnection or FailureKind.Certificate;

    /// <summary>No success, but an answer all the same: it ends an outage as well as one.</summary>
    public bool IsSignOfLife => Status == HttpStatusCode.TooManyRequests
        || IsInsecure || Kind is FailureKind.InvalidResponse or FailureKind.TooLarge;

    /// <summary>Counts for the circuit. A 429 does not: whoever can say no is alive.</summary>
    public bool IsFailure => Verdict == Verdict.Transient && Status != HttpStatusCode.TooManyRequests;

    public string Describe() => Kind switch
    {
        FailureKind.Refused => "the connection is refused",
        FailureKind.Unreachable => "no route leads there",
        FailureKind.NameNotFound => "its host name cannot be resolved",
        FailureKind.ConnectFailed => "connecting failed",
        FailureKind.ConnectTimeout => "connecting takes longer than ConnectTimeout",
        FailureKind.AttemptTimeout => "an attempt takes longer than AttemptTimeout",
        FailureKind.DeadlineExceeded => "the call's deadline passed",
        FailureKind.ConnectionLost => "the connection is lost before the response is complete",
        FailureKind.RefusedStream => "it refuses new HTTP/2 streams",
        FailureKind.Status => $"it answers {(int)Status}",
        FailureKind.SecureConnection => "no secure connection can be agreed on",
        FailureKind.Certificate => "its certificate is not trusted for this name",
        FailureKind.InvalidResponse => "its answer is not valid HTTP",
        FailureKind.TooLarge => "its answer is larger than allowed",
        FailureKind.Cancelled => "the caller cancelled",
        FailureKind.Rejected => "it cannot be talked to",
        _ => "a handler in the chain failed",
    };

    /// <summary>The same for machines: the words of Resilience.Health, which this package does not know.</summary>
    public string Code => Kind switch
    {
        FailureKind.Refused => "refused",
        FailureKind.Unreachable => "unreachable",
        FailureKind.NameNotFound => "dns",
        FailureKind.ConnectTimeout or FailureKind.AttemptTimeout or FailureKind.DeadlineExceeded => "timeout",
        FailureKind.ConnectFailed or FailureKind.ConnectionLost or FailureKind.RefusedStream => "closed",
        FailureKind.Status => string.Create(CultureInfo.InvariantCulture, $"http_{(int)Status}"),
        FailureKind.SecureConnection => "tls",
        FailureKind.Certificate => "certificate",
        FailureKind.InvalidResponse or FailureKind.TooLarge => "protocol",
        FailureKind.Foreign => "exception",
        _ => "failed",
    };
}

internal enum Verdict
{
    Success,
    Transient,
    Permanent,
}

internal enum FailureKind
{
    None,
    Refused,
    Unreachable,
    NameNotFound,
    ConnectFailed,
    ConnectTimeout,
    AttemptTimeout,
    DeadlineExceeded,
    ConnectionLost,
    RefusedStream,
    Status,
    SecureConnection,
    Certificate,
    InvalidResponse,
    TooLarge,
    Rejected,
    Cancelled,

    /// <summary>An exception that is no HTTP failure: thrown by a handler between us and the wire. It passes as it is.</summary>
    Foreign,
}

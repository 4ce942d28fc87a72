using System.Net.Sockets;
using System.Security.Authentication;

namespace Resilience.Client;

/// <summary>Tells what came of an attempt by the types and codes of what was returned or thrown, by a message's text only where nothing else tells.</summary>
internal static class Classifier
{
    // RFC 9113, section 7.
    private const long NoError = 0, InternalError = 2, RefusedStream = 7, Cancel = 8, EnhanceYourCalm = 11;

    public static Outcome Of(HttpResponseMessage response, Settings settings) =>
        !settings.StatusCodes.Contains((int)response.StatusCode)
            ? Outcome.Success
            : new(Verdict.Transient, FailureKind.Status, response.StatusCode);

    /// <param name="exception">What the attempt threw.</param>
    /// <param name="expired">Our own time for the attempt was over.</param>
    /// <param name="cancelled">The caller's token fired.</param>
    public static Outcome Of(Exception exception, bool expired, bool cancelled) => exception switch
    {
        _ when cancelled && exception is OperationCanceledException => new(Verdict.Permanent, FailureKind.Cancelled),
        _ when expired => new(Verdict.Transient, FailureKind.AttemptTimeout),
        // SocketsHttpHandler's way to say that ConnectTimeout is over.
        OperationCanceledException { InnerException: TimeoutException } => new(Verdict.Transient, FailureKind.ConnectTimeout),
        // Somebody else's cancellation, of a handler's own call say: to the caller it is a failure.
        OperationCanceledException => new(Verdict.Permanent, FailureKind.Rejected),
        HttpRequestException http => Of(http),
        IOException io => OfWire(io),
        // A peer that resets as soon as it has accepted can make connecting throw this as it is.
        SocketException socket => OfConnecting(socket.SocketErrorCode),
        _ => new(Verdict.Permanent, FailureKind.Foreign),
    };

    private static Outcome Of(HttpRequestException http) => http.HttpRequestError switch
    {
        HttpRequestError.NameResolutionError => new(Verdict.Transient, FailureKind.NameNotFound),
        HttpRequestError.ConnectionError => OfConnecting(Find<SocketException>(http)?.SocketErrorCode),
        HttpRequestError.SecureConnectionError => Find<AuthenticationException>(http) is { } handshake
            ? new(Verdict.Permanent, IsOfCertificate(handshake) ? FailureKind.Certificate : FailureKind.SecureConnection)
            : new(Verdict.Transient, FailureKind.ConnectFailed),
        HttpRequestError.ResponseEnded => new(Verdict.Transient, FailureKind.ConnectionLost),
        HttpRequestError.HttpProtocolError => OfProtocol(Find<HttpProtocolException>(http)?.ErrorCode),
        HttpRequestError.InvalidResponse => new(Verdict.Permanent, FailureKind.InvalidResponse),
        HttpRequestError.ConfigurationLimitExceeded => new(Verdict.Permanent, FailureKind.TooLarge),
        HttpRequestError.Unknown when Find<IOException>(http) is { } io => OfWire(io),
        HttpRequestError.Unknown when Find<SocketException>(http) is not null => new(Verdict.Transient, FailureKind.ConnectionLost),
        _ => new(Verdict.Permanent, FailureKind.Rejected),
    };

    private static Outcome OfConnecting(SocketError? error) => error switch
    {
        SocketError.ConnectionRefused => new(Verdict.Transient, FailureKind.Refused),
        SocketError.HostUnreachable or SocketError.NetworkUnreachable
            or SocketError.HostDown or SocketError.NetworkDown => new(Verdict.Transient, FailureKind.Unreachable),
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData => new(Verdict.Transient, FailureKind.NameNotFound),
        SocketError.TimedOut => new(Verdict.Transient, FailureKind.ConnectTimeout),
        SocketError.AccessDenied or SocketError.AddressFamilyNotSupported or SocketError.ProtocolNotSupported
            or SocketError.InvalidArgument => new(Verdict.Permanent, FailureKind.Rejected),
        _ => new(Verdict.Transient, FailureKind.ConnectFailed),
    };

    private static Outcome OfProtocol(long? code) => code switch
    {
        RefusedStream => new(Verdict.Transient, FailureKind.RefusedStream),
        // A GOAWAY or a reset of a server that stops, restarts or sheds load.
        NoError or InternalError or Cancel or EnhanceYourCalm => new(Verdict.Transient, FailureKind.ConnectionLost),
        _ => new(Verdict.Permanent, FailureKind.InvalidResponse),
    };

    private static Outcome OfWire(IOException io) => io switch
    {
        HttpProtocolException protocol => OfProtocol(protocol.ErrorCode),
        HttpIOException { HttpRequestError: HttpRequestError.InvalidResponse } => new(Verdict.Permanent, FailureKind.InvalidResponse),
        HttpIOException { HttpRequestError: HttpRequestError.ConfigurationLimitExceeded } => new(Verdict.Permanent, FailureKind.TooLarge),
        _ => new(Verdict.Transient, FailureKind.ConnectionLost),
    };

    // The platform has one type for this and for a handshake that fails, and tells them apart in its text, which is never translated.
    private static bool IsOfCertificate(AuthenticationException handshake) => handshake.Message.Contains("remote certificate", StringComparison.OrdinalIgnoreCase);

    private static T? Find<T>(Exception exception) where T : Exception
    {
        for (var inner = exception.InnerException; inner is not null; inner = inner.InnerException)
        {
            if (inner is T found)
                return found;
        }

        return null;
    }
}

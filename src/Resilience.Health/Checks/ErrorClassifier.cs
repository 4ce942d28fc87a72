using System.Data.Common;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Resilience.Health;

/// <summary>The code of an exception, of whatever package: see <see cref="CheckErrors"/>. The outermost of nested ones that has a code decides.</summary>
internal static class ErrorClassifier
{
    private const int Deepest = 16; // No driver nests deeper, and a ring of exceptions must not hold us.

    public static string Classify(Exception exception) => Find(exception, Deepest) ?? CheckErrors.Exception;

    private static string? Find(Exception? exception, int depth)
    {
        if (exception is null || depth == 0)
            return null;
        var own = exception switch
        {
            SocketException socket => OfSocket(socket.SocketErrorCode),
            HttpRequestException http => OfHttp(http.HttpRequestError, http.StatusCode),
            HttpIOException http => OfHttp(http.HttpRequestError, null),
            AuthenticationException tls => Find(tls.InnerException, depth - 1) ?? OfHandshake(tls),
            DbException database => OfSqlState(database.SqlState),
            TimeoutException => CheckErrors.Timeout,
            UriFormatException => CheckErrors.Address,
            { } ssl when ssl.GetType().Name == "SslException" => CheckErrors.Tls, // The platform's own and internal: an alert after the handshake, say, for want of a client certificate.
            EndOfStreamException => CheckErrors.Closed,
            _ => null,
        };
        return own ?? Inner(exception, depth) ?? Fallback(exception);
    }

    private static string? Inner(Exception exception, int depth) => exception is AggregateException several
        ? several.InnerExceptions.Select(inner => Find(inner, depth - 1)).FirstOrDefault(code => code is not null)
        : Find(exception.InnerException, depth - 1);

    // What these say of themselves is less than what is inside them, so it counts last.
    private static string? Fallback(Exception exception) => exception switch
    {
        HttpRequestException { HttpRequestError: HttpRequestError.SecureConnectionError } => CheckErrors.Tls,
        HttpRequestException { HttpRequestError: HttpRequestError.ConnectionError } => CheckErrors.Unreachable,
        DbException { SqlState: ['0', '8', ..] } => CheckErrors.Closed,
        _ => null,
    };

    private static string? OfSocket(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => CheckErrors.Refused,
        // AccessDenied is how Linux reports a route that an administrator prohibits.
        SocketError.HostUnreachable or SocketError.NetworkUnreachable or SocketError.HostDown or SocketError.NetworkDown or SocketError.AccessDenied
            or SocketError.AddressFamilyNotSupported or SocketError.AddressNotAvailable => CheckErrors.Unreachable,
        SocketError.HostNotFound or SocketError.TryAgain or SocketError.NoData or SocketError.NoRecovery => CheckErrors.Dns,
        SocketError.TimedOut => CheckErrors.Timeout,
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown or SocketError.NotConnected or SocketError.Disconnecting
            => CheckErrors.Closed,
        _ => null,
    };

    private static string? OfHttp(HttpRequestError error, HttpStatusCode? status) => error switch
    {
        HttpRequestError.NameResolutionError => CheckErrors.Dns,
        HttpRequestError.ResponseEnded => CheckErrors.Closed,
        HttpRequestError.UserAuthenticationError => CheckErrors.Authentication,
        HttpRequestError.HttpProtocolError or HttpRequestError.InvalidResponse or HttpRequestError.VersionNegotiationError
            or HttpRequestError.ConfigurationLimitExceeded or HttpRequestError.ProxyTunnelError => CheckErrors.Protocol,
        _ => status is { } known ? CheckErrors.Http((int)known) : null,
    };

    // The platform has one type for both, and tells them apart in its text only, which is never translated.
    private static string OfHandshake(AuthenticationException tls) =>
        tls.Message.Contains("remote certificate", StringComparison.OrdinalIgnoreCase) ? CheckErrors.Certificate : CheckErrors.Tls;

    // SQL:2023's classes, PostgreSQL's codes: https://www.postgresql.org/docs/current/errcodes-appendix.html
    private static string? OfSqlState(string? state) => state switch
    {
        "28P01" or "28000" => CheckErrors.Authentication,
        "42501" => CheckErrors.Forbidden,
        "3D000" => CheckErrors.NoDatabase,
        "57P03" => CheckErrors.Starting,
        "57P01" or "57P02" => CheckErrors.Stopping,
        "53300" => CheckErrors.TooManyClients,
        "25006" => CheckErrors.ReadOnly,
        "08P01" => CheckErrors.Protocol,
        _ => null,
    };
}

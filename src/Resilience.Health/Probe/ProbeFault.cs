using System.Net.Sockets;
using System.Security.Authentication;

namespace Resilience.Health;

/// <summary>What went wrong, in the words that go before the address.</summary>
internal static class ProbeFault
{
    public static string Of(Exception exception) => exception switch
    {
        SocketException socket => Of(socket.SocketErrorCode),
        AuthenticationException => "TLS failed at",
        IOException { InnerException: SocketException inner } => Of(inner.SocketErrorCode),
        ArgumentException => "not a valid address:",
        _ => $"{exception.GetType().Name} asking",
    };

    private static string Of(SocketError error) => error switch
    {
        SocketError.ConnectionRefused => "refused by",
        SocketError.ConnectionReset or SocketError.ConnectionAborted or SocketError.Shutdown => "connection closed by",
        SocketError.HostNotFound or SocketError.NoData or SocketError.TryAgain => "name not found:",
        SocketError.AccessDenied => "not permitted to connect to",
        SocketError.AddressNotAvailable => "nothing at", // A unix socket that is not there, too.
        SocketError.HostUnreachable or SocketError.NetworkUnreachable => "unreachable:",
        _ => $"socket error {error} from",
    };
}

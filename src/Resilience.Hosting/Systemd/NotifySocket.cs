using System.Net.Sockets;
using System.Text;

namespace Resilience.Hosting;

/// <summary>Sends notifications to systemd's socket: a path, or an abstract name after an at-sign. Never blocks and never throws. Safe for use by many threads.</summary>
internal sealed class NotifySocket : IDisposable
{
    private readonly Socket _socket;
    private readonly UnixDomainSocketEndPoint _systemd;

    private NotifySocket(Socket socket, UnixDomainSocketEndPoint systemd) => (_socket, _systemd) = (socket, systemd);

    /// <returns>The socket, or null and why there is none.</returns>
    public static NotifySocket? Open(string address, out string? error)
    {
        error = null;
        if (address.Length < 2 || address[0] is not ('/' or '@'))
        {
            error = $"NOTIFY_SOCKET is '{address}', and only paths and abstract names (@…) are supported.";
            return null;
        }

        try
        {
            var systemd = new UnixDomainSocketEndPoint(address[0] == '@' ? "\0" + address[1..] : address); // Too long a one is refused here.
            return new(new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified) { Blocking = false }, systemd);
        }
        catch (Exception e) when (e is SocketException or ArgumentException or PlatformNotSupportedException)
        {
            error = $"NOTIFY_SOCKET is '{address}', which cannot be used: {e.Message}";
            return null;
        }
    }

    /// <returns>Whether it was taken: not if systemd is busy (its queue is full) or away.</returns>
    public bool Send(string message)
    {
        try
        {
            _socket.SendTo(Encoding.UTF8.GetBytes(message), _systemd); // Found anew each time: systemd may have been started again.
            return true;
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            return false;
        }
    }

    public void Dispose() => _socket.Dispose();
}

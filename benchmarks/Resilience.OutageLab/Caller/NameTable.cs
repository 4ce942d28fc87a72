using System.Net;
using System.Net.Sockets;

namespace Resilience.OutageLab.Caller;

/// <summary>A name server of one entry, in every client's way of connecting: the conductor moves the name to another port.</summary>
internal sealed class NameTable
{
    private int _port;

    public int Port { get => Volatile.Read(ref _port); set => Volatile.Write(ref _port, value); }

    public async ValueTask<Stream> ConnectAsync(SocketsHttpConnectionContext _, CancellationToken cancellationToken)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(IPAddress.Loopback, Port, cancellationToken);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}

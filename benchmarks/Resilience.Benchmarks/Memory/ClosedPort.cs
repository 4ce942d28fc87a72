using System.Net;
using System.Net.Sockets;

namespace Resilience.Benchmarks;

/// <summary>A port of this machine that refuses connections, and that nobody else gets meanwhile: bound, but not listened on.</summary>
internal sealed class ClosedPort : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);

    public ClosedPort() => _socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));

    public Uri Address => new($"http://127.0.0.1:{((IPEndPoint?)_socket.LocalEndPoint)?.Port}/");

    public void Dispose() => _socket.Dispose();
}

using System.Net;
using System.Net.Sockets;

namespace Resilience.Health.Npgsql.Tests;

/// <summary>Stands between client and server, as a load balancer does, and forgets flows as those do: nothing arrives any more, and nobody is told. New flows work.</summary>
internal sealed class FlakyRoute : IDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, Ports.Free());
    private readonly List<TcpClient> _ends = [];
    private readonly int _serverPort;
    private volatile int _forgotten; // Flows numbered below this.
    private int _flows;

    public FlakyRoute(int serverPort)
    {
        _serverPort = serverPort;
        _listener.Start();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public void ForgetFlows() => _forgotten = Volatile.Read(ref _flows);

    public void Dispose()
    {
        _listener.Stop();
        lock (_ends)
            _ends.ForEach(end => end.Dispose());
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync();
                var server = new TcpClient();
                lock (_ends)
                    _ends.AddRange(client, server);
                await server.ConnectAsync(IPAddress.Loopback, _serverPort);
                var flow = Interlocked.Increment(ref _flows) - 1;
                _ = PassAsync(flow, client, server);
                _ = PassAsync(flow, server, client);
            }
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task PassAsync(int flow, TcpClient from, TcpClient to)
    {
        try
        {
            var bytes = new byte[4096];
            int count;
            while ((count = await from.GetStream().ReadAsync(bytes)) > 0)
            {
                if (flow >= _forgotten)
                    await to.GetStream().WriteAsync(bytes.AsMemory(0, count));
            }

            if (flow >= _forgotten)
                to.Client.Shutdown(SocketShutdown.Send);
        }
        catch (Exception e) when (e is IOException or SocketException or InvalidOperationException)
        {
            // The flow has ended.
        }
    }
}

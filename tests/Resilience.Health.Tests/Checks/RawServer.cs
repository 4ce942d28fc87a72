using System.Net;
using System.Net.Sockets;

namespace Resilience.Health.Tests.Checks;

/// <summary>A server on 127.0.0.1 that does with each connection what a test says, however wrong.</summary>
internal sealed class RawServer : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource _stop = new();
    private readonly Task _serving;
    private int _accepted, _open;

    public RawServer(Func<NetworkStream, CancellationToken, Task> serve)
    {
        _listener.Start();
        _serving = ServeAsync(serve);
    }

    public int Port => ((IPEndPoint)_listener.LocalEndpoint).Port;

    public int Accepted => Volatile.Read(ref _accepted);

    /// <summary>Connections whose other end is not closed yet, of those that the script waits on.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>Answers the first bytes that come with these, and waits until the other side has had enough.</summary>
    public static RawServer Answering(byte[] answer, bool keepsOpen = true) => new(async (stream, stop) =>
    {
        var ignored = await stream.ReadAsync(new byte[4096], stop);
        await stream.WriteAsync(answer, stop);
        while (keepsOpen && await stream.ReadAsync(new byte[4096], stop) > 0)
        {
        }
    });

    /// <summary>Takes connections and says nothing.</summary>
    public static RawServer Silent() => new(async (stream, stop) =>
    {
        while (await stream.ReadAsync(new byte[4096], stop) > 0)
        {
        }
    });

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        await _serving;
        _listener.Stop();
        _stop.Dispose();
    }

    private async Task ServeAsync(Func<NetworkStream, CancellationToken, Task> serve)
    {
        var running = new List<Task>();
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                Interlocked.Increment(ref _accepted);
                running.Add(OneAsync(client, serve));
            }
        }
        catch (OperationCanceledException)
        {
            await Task.WhenAll(running);
        }
    }

    private async Task OneAsync(TcpClient client, Func<NetworkStream, CancellationToken, Task> serve)
    {
        Interlocked.Increment(ref _open);
        try
        {
            await serve(client.GetStream(), _stop.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or SocketException)
        {
        }
        finally
        {
            client.Dispose();
            Interlocked.Decrement(ref _open);
        }
    }
}

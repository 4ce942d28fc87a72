using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Health.Tests.Probe;

/// <summary>A server that does to each connection what a test wants, on a port or a unix socket.</summary>
internal sealed class ScriptedServer : IDisposable
{
    private readonly CancellationTokenSource _stopping = new();
    private readonly Socket _listener;
    private readonly Func<Stream, CancellationToken, Task> _script;
    private readonly bool _readsFirst;

    public ScriptedServer(Func<Stream, CancellationToken, Task> script, EndPoint? at = null, bool readsFirst = true)
    {
        (_script, _readsFirst) = (script, readsFirst);
        at ??= new IPEndPoint(IPAddress.Loopback, 0);
        _listener = new Socket(at.AddressFamily, SocketType.Stream, at is IPEndPoint ? ProtocolType.Tcp : ProtocolType.Unspecified);
        _listener.Bind(at);
        _listener.Listen();
        _ = AcceptAsync();
    }

    public int Port => ((IPEndPoint)_listener.LocalEndPoint!).Port;

    public string Url => $"http://127.0.0.1:{Port}/health/ready";

    /// <summary>What was asked, by request.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>Reads the request, sends this, and closes.</summary>
    public static ScriptedServer Answering(string answer, EndPoint? at = null) => Answering(Encoding.Latin1.GetBytes(answer), at);

    public static ScriptedServer Answering(byte[] answer, EndPoint? at = null) => new((stream, stopping) => stream.WriteAsync(answer, stopping).AsTask(), at);

    /// <summary>Sends a piece again and again, until the other side has had enough.</summary>
    public static ScriptedServer Repeating(string first, string piece, TimeSpan pause) => new(async (stream, stopping) =>
    {
        await stream.WriteAsync(Encoding.Latin1.GetBytes(first), stopping);
        var bytes = Encoding.Latin1.GetBytes(piece);
        using var timer = pause > TimeSpan.Zero ? new PeriodicTimer(pause) : null;
        while (timer is null || await timer.WaitForNextTickAsync(stopping))
            await stream.WriteAsync(bytes, stopping);
    });

    /// <summary>Says nothing for ever.</summary>
    public static ScriptedServer Silent() => Repeating("", "", TimeSpan.FromHours(1));

    public void Dispose()
    {
        _stopping.Cancel();
        _listener.Dispose();
    }

    private async Task AcceptAsync()
    {
        while (!_stopping.IsCancellationRequested)
        {
            Socket socket;
            try
            {
                socket = await _listener.AcceptAsync(_stopping.Token);
            }
            catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }

            _ = ServeAsync(socket);
        }
    }

    private async Task ServeAsync(Socket socket)
    {
        try
        {
            await using var stream = new NetworkStream(socket, ownsSocket: true);
            if (_readsFirst)
            {
                var bytes = new byte[4096];
                var length = await stream.ReadAsync(bytes, _stopping.Token);
                lock (Requests)
                    Requests.Add(Encoding.Latin1.GetString(bytes, 0, length));
            }

            await _script(stream, _stopping.Token);
        }
        catch (Exception e) when (e is IOException or OperationCanceledException or System.Security.Authentication.AuthenticationException)
        {
        }
    }
}

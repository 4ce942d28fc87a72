using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Security.Authentication;

namespace Resilience.Client.Tests.Wire;

/// <summary>
/// A backend of raw sockets on loopback that does what its scripts say. A connection plays the next script when it is accepted, and
/// one more for each request that follows on it. Recovery probes are answered aside. A request without a script fails the test.
/// </summary>
internal sealed class ScriptedBackend : IAsyncDisposable
{
    public const string ProbePath = "/health/ready";

    private readonly Lock _lock = new(); // Over _scripts and _always.
    private readonly Queue<Step[]> _scripts = new();
    private readonly ConcurrentDictionary<Peer, Task> _open = new();
    private readonly ConcurrentQueue<Received> _received = new();
    private readonly ConcurrentQueue<string> _faults = new();
    private Step[]? _always;
    private volatile Socket? _listener;
    private int _connections;
    private int _probes;
    private int _requests;

    public ScriptedBackend()
    {
        // Below the range of ports that systems give away: while we are stopped nobody else gets ours, and no client connects to itself.
        for (var attempt = 0; _listener is null; attempt++)
        {
            Port = Random.Shared.Next(10_000, 32_000);
            try
            {
                Start();
            }
            catch (SocketException) when (attempt < 100)
            {
            }
        }
    }

    public int Port { get; }
    public string Address => $"http://127.0.0.1:{Port}";

    /// <summary>What recovery probes are answered; 200 unless set.</summary>
    public volatile int ProbeStatus = 200;

    /// <summary>Off where there are too many requests to keep.</summary>
    public bool Records { get; init; } = true;

    public int Connections => Volatile.Read(ref _connections);
    public int Open => _open.Count;
    public int Probes => Volatile.Read(ref _probes);
    public int Requests => Volatile.Read(ref _requests);
    public IReadOnlyList<Received> Received => [.. _received];

    /// <summary>What the next connection, or the next request on a connection that stays, gets.</summary>
    public ScriptedBackend Next(params Step[] script)
    {
        lock (_lock)
            _scripts.Enqueue(script);
        return this;
    }

    /// <summary>What they get once there is no next.</summary>
    public ScriptedBackend Always(params Step[] script)
    {
        lock (_lock)
            _always = script;
        return this;
    }

    /// <summary>Refuses connections, and resets those there are.</summary>
    public void Stop()
    {
        var listener = _listener;
        _listener = null;
        listener?.Dispose();
        foreach (var peer in _open.Keys)
            peer.Reset();
    }

    /// <summary>Listens again, on the same port.</summary>
    public void Start()
    {
        var listener = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
        try
        {
            listener.Bind(new IPEndPoint(IPAddress.Loopback, Port));
            listener.Listen(4096);
        }
        catch
        {
            listener.Dispose();
            throw;
        }

        _listener = listener;
        _ = AcceptAsync(listener);
    }

    public void Record(Received request)
    {
        Interlocked.Increment(ref _requests);
        if (Records)
            _received.Enqueue(request);
    }

    public void CountProbe() => Interlocked.Increment(ref _probes);

    public async ValueTask DisposeAsync()
    {
        Stop();
        await Task.WhenAll(_open.Values).Within();
        if (!_faults.IsEmpty)
            throw new InvalidOperationException(string.Join('\n', _faults));
    }

    private async Task AcceptAsync(Socket listener)
    {
        while (_listener == listener)
        {
            try
            {
                var peer = new Peer(this, await listener.AcceptAsync());
                Interlocked.Increment(ref _connections);
                var played = new TaskCompletionSource();
                _open[peer] = played.Task;
                if (_listener != listener)
                    peer.Reset();
                _ = PlayAsync(peer, played);
            }
            catch (Exception e) when (e is SocketException or ObjectDisposedException or OperationCanceledException)
            {
                // Stopped, or a connection that was gone before it was accepted.
            }
        }
    }

    private async Task PlayAsync(Peer peer, TaskCompletionSource played)
    {
        try
        {
            do
            {
                foreach (var step in Take())
                    await step(peer);
            }
            while (await peer.HasMoreAsync());
        }
        catch (Exception e) when (e is IOException or SocketException or ObjectDisposedException or OperationCanceledException or AuthenticationException)
        {
            // The client has gone, or the backend was stopped.
        }
        catch (Exception e)
        {
            _faults.Enqueue(e.ToString());
        }
        finally
        {
            peer.Dispose();
            _open.TryRemove(peer, out _);
            played.SetResult();
        }
    }

    private Step[] Take()
    {
        lock (_lock)
            return _scripts.TryDequeue(out var script) ? script : _always ?? [NobodyExpected];
    }

    private async Task NobodyExpected(Peer peer)
    {
        await peer.ReadHeadAsync(); // A probe is no surprise, and is answered in here.
        _faults.Enqueue($"No script for {peer.Request.Line}");
        peer.Reset();
    }
}

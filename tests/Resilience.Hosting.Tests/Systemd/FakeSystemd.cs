using System.Collections.Concurrent;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Hosting.Tests;

/// <summary>The other end of NOTIFY_SOCKET. Reads only if it is told to.</summary>
internal sealed class FakeSystemd : IDisposable
{
    private readonly Socket _socket = new(AddressFamily.Unix, SocketType.Dgram, ProtocolType.Unspecified);
    private readonly TemporaryFolder? _folder;
    private readonly ConcurrentQueue<string> _datagrams = new();

    public FakeSystemd(bool isAbstract = false, bool reads = true)
    {
        _folder = isAbstract ? null : new();
        Address = isAbstract ? $"@resilience-{Guid.NewGuid():N}" : $"{_folder!.Path}/notify"; // Not abstract: there is one.
        _socket.Bind(new UnixDomainSocketEndPoint(isAbstract ? "\0" + Address[1..] : Address));
        if (reads)
            new Thread(Read) { IsBackground = true }.Start();
    }

    public string Address { get; }

    public IReadOnlyList<string> Datagrams => [.. _datagrams];

    /// <summary>Every assignment, in order.</summary>
    public IReadOnlyList<string> Lines => [.. _datagrams.SelectMany(datagram => datagram.Split('\n'))];

    public Task HasAsync(string line) => Eventually.IsTrueAsync(() => Lines.Contains(line), $"{line} among {string.Join(" | ", Lines)}");

    public Task HasBegunAsync(string start) =>
        Eventually.IsTrueAsync(() => Lines.Any(line => line.StartsWith(start, StringComparison.Ordinal)), $"{start}… among {string.Join(" | ", Lines)}");

    /// <summary>Takes one datagram off the queue.</summary>
    public string Receive()
    {
        var buffer = new byte[4096];
        return Encoding.UTF8.GetString(buffer, 0, _socket.Receive(buffer));
    }

    public void Dispose()
    {
        _socket.Dispose();
        _folder?.Dispose();
    }

    private void Read()
    {
        try
        {
            while (true)
                _datagrams.Enqueue(Receive());
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Disposed of.
        }
    }
}

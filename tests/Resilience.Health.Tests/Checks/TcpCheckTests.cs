using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class TcpCheckTests
{
    [Fact]
    public async Task Port_that_takes_connections_is_connected_and_let_go()
    {
        await using var server = RawServer.Silent();

        var result = await CheckRun.OnceAsync(checks => checks.AddTcpCheck("broker", "localhost", server.Port));

        Assert.Equal((HealthStatus.Healthy, "connected"), (result.Status, result.Description));
        await Eventually.IsTrueAsync(() => server is { Open: 0, Accepted: 1 }, "the connection is closed");
    }

    [Fact]
    public async Task Port_that_nobody_listens_on_is_refused()
    {
        var port = Ports.Free();
        var result = await CheckRun.OnceAsync(checks => checks.AddTcpCheck("broker", $"tcp://localhost:{port}"));

        result.AssertHolds(CheckErrors.Refused);
        Assert.StartsWith($"localhost:{port} refuses", result.Description, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Name_that_nobody_has_does_not_resolve() =>
        (await CheckRun.OnceAsync(checks => checks.AddTcpCheck("broker", "nobody.invalid", 1))).AssertHolds(CheckErrors.Dns);

    [Fact]
    public async Task Failure_has_the_status_of_its_registration()
    {
        var result = await CheckRun.OnceAsync(checks => checks.AddTcpCheck("broker", "localhost", Ports.Free(), HealthStatus.Degraded));
        Assert.Equal(HealthStatus.Degraded, result.Status);
    }

    [Fact]
    public async Task Black_hole_is_left_at_the_deadline()
    {
        using var hole = new BlackHole();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => CheckRun.OnceAsync(checks => checks.AddTcpCheck("broker", "127.0.0.2", hole.Port), TimeSpan.FromMilliseconds(200)));
    }
}

/// <summary>A port of 127.0.0.2 that neither takes nor refuses connections: its queue is full, and nobody empties it.</summary>
internal sealed class BlackHole : IDisposable
{
    private readonly Socket _listener = new(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp);
    private readonly List<Socket> _waiting = [];

    public BlackHole()
    {
        Port = Ports.Free();
        _listener.Bind(new IPEndPoint(Address, Port));
        _listener.Listen(1);
        for (var i = 0; i < 8; i++) // The kernel takes one or two more than it was told.
        {
            var socket = new Socket(AddressFamily.InterNetwork, SocketType.Stream, ProtocolType.Tcp) { Blocking = false };
            _waiting.Add(socket);
            try
            {
                socket.Connect(Address, Port);
            }
            catch (SocketException)
            {
                // Under way.
            }
        }
    }

    public IPAddress Address { get; } = IPAddress.Parse("127.0.0.2");

    public int Port { get; }

    public void Dispose()
    {
        _waiting.ForEach(socket => socket.Dispose());
        _listener.Dispose();
    }
}

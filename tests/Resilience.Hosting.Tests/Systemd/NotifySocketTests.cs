using System.Diagnostics;
using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class NotifySocketTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Message_arrives_at_a_path_and_at_an_abstract_name(bool isAbstract)
    {
        using var systemd = new FakeSystemd(isAbstract);
        using var socket = NotifySocket.Open(systemd.Address, out var error);
        Assert.Null(error);
        Assert.True(Assert.IsType<NotifySocket>(socket).Send("READY=1\nSTATUS=Schön."));
        await systemd.HasAsync("STATUS=Schön.");
        Assert.Equal(["READY=1\nSTATUS=Schön."], systemd.Datagrams);
    }

    [Fact]
    public void Reader_that_does_not_read_holds_up_nobody()
    {
        using var systemd = new FakeSystemd(reads: false);
        using var socket = NotifySocket.Open(systemd.Address, out _);
        var clock = Stopwatch.StartNew();
        var taken = 0;
        while (socket!.Send("WATCHDOG=1") && taken < 100_000)
            taken++;
        Assert.InRange(taken, 1, 99_999);
        Assert.False(socket.Send("WATCHDOG=1"));
        Assert.True(clock.Elapsed < TimeSpan.FromSeconds(20), "it blocked");
        systemd.Receive();
        Assert.True(socket.Send("WATCHDOG=1"), "there is room again");
    }

    [Fact]
    public async Task Systemd_that_goes_away_and_comes_back_gets_messages_again()
    {
        using var folder = new TemporaryFolder();
        using var first = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        var path = $"{folder.Path}/notify";
        using var socket = NotifySocket.Open(path, out _);
        Assert.False(socket!.Send("READY=1"), "nobody is there");
        first.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        Assert.True(socket.Send("READY=1"));
        first.Dispose();
        File.Delete(path);
        Assert.False(socket.Send("READY=1"));
        using var second = new System.Net.Sockets.Socket(System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Dgram, System.Net.Sockets.ProtocolType.Unspecified);
        second.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(path));
        Assert.True(socket.Send("READY=1"));
        var buffer = new byte[100];
        Assert.Equal(7, await second.ReceiveAsync(buffer).Within());
    }

    [Theory]
    [InlineData("")]
    [InlineData("@")]
    [InlineData("vsock:2:1234")]
    [InlineData("relative/path")]
    public void Address_of_another_kind_is_refused_with_its_value(string address)
    {
        Assert.Null(NotifySocket.Open(address, out var error));
        Assert.Contains($"'{address}'", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Address_too_long_for_a_socket_is_refused_with_its_value()
    {
        var path = "/" + new string('x', 120);
        Assert.Null(NotifySocket.Open(path, out var error));
        Assert.Contains(path, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Disposed_socket_sends_nothing_and_throws_nothing()
    {
        using var systemd = new FakeSystemd();
        var socket = NotifySocket.Open(systemd.Address, out _);
        socket!.Dispose();
        Assert.False(socket.Send("READY=1"));
    }
}

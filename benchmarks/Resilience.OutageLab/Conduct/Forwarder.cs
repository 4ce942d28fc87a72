using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Resilience.OutageLab.Conduct;

/// <summary>
/// A process that hands each connection to the next instance, and to the one after it when that refuses. When either side ends, both do. Its argument is
/// the ports: its own, then the instances'.
/// </summary>
internal static class Forwarder
{
    public static async Task<int> RunAsync(string ports)
    {
        var numbers = ports.Split(',').Select(port => int.Parse(port, CultureInfo.InvariantCulture)).ToArray();
        using var listener = new TcpListener(IPAddress.Loopback, numbers[0]);
        listener.Start(1024);
        _ = AcceptAsync(listener, numbers[1..]);
        Console.WriteLine("ready");
        while (await Console.In.ReadLineAsync() is not null)
        {
        }

        return 0;
    }

    private static async Task AcceptAsync(TcpListener listener, int[] instances)
    {
        for (var turn = 0; ; turn++)
        {
            var client = await listener.AcceptTcpClientAsync();
            _ = ForwardAsync(client, instances, turn);
        }
    }

    private static async Task ForwardAsync(TcpClient client, int[] instances, int turn)
    {
        using (client)
        using (var server = await ConnectAsync(instances, turn))
        {
            if (server is null)
                return;
            client.NoDelay = server.NoDelay = true;
            await Task.WhenAny(CopyAsync(client, server), CopyAsync(server, client));
        }
    }

    private static async Task<TcpClient?> ConnectAsync(int[] instances, int turn)
    {
        for (var i = 0; i < instances.Length; i++)
        {
            var server = new TcpClient();
            try
            {
                await server.ConnectAsync(IPAddress.Loopback, instances[(turn + i) % instances.Length]);
                return server;
            }
            catch (SocketException)
            {
                server.Dispose();
            }
        }

        return null;
    }

    private static async Task CopyAsync(TcpClient from, TcpClient to)
    {
        try
        {
            await from.GetStream().CopyToAsync(to.GetStream());
        }
        catch (Exception e) when (e is IOException or ObjectDisposedException or InvalidOperationException)
        {
            // One side is gone.
        }
    }
}

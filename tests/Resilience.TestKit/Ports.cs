using System.Net;
using System.Net.Sockets;

namespace Resilience.TestKit;

public static class Ports
{
    private static readonly Lock Picking = new();
    private static readonly HashSet<int> Given = [];

    /// <summary>
    /// A port of 127.0.0.1 that nobody listens on now, given out once per process, and below those that the system hands out by itself:
    /// while a server of ours is stopped, nobody else gets its port.
    /// </summary>
    public static int Free()
    {
        lock (Picking)
        {
            while (true)
            {
                var port = Random.Shared.Next(20_000, 30_000);
                using var listener = new TcpListener(IPAddress.Loopback, port);
                try
                {
                    listener.Start();
                }
                catch (SocketException)
                {
                    continue;
                }

                if (Given.Add(port))
                    return port;
            }
        }
    }
}

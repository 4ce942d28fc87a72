using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Resilience.OutageLab.Conduct;

/// <summary>
/// Free ports below those the system gives to outgoing connections: a caller that connects a thousand times a second to a port nobody listens on is sooner or
/// later given that very port, is connected with itself, and keeps the backend from coming back.
/// </summary>
internal static class Ports
{
    private const int Lowest = 10_000, Highest = 32_000;

    private static readonly HashSet<int> Given = [];

    public static int Free()
    {
        lock (Given)
        {
            while (true)
            {
                var port = Random.Shared.Next(Lowest, FirstOutgoing());
                if (Given.Contains(port) || !IsFree(port))
                    continue;
                Given.Add(port);
                return port;
            }
        }
    }

    private static int FirstOutgoing()
    {
        const string Range = "/proc/sys/net/ipv4/ip_local_port_range";
        return File.Exists(Range) ? Math.Max(Lowest + 100, int.Parse(File.ReadAllText(Range).Split('\t', ' ')[0], CultureInfo.InvariantCulture)) : Highest;
    }

    private static bool IsFree(int port)
    {
        using var listener = new TcpListener(IPAddress.Loopback, port);
        try
        {
            listener.Start();
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

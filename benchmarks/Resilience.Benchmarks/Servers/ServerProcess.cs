using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;

namespace Resilience.Benchmarks;

/// <summary>This program once more, as a server in a process of its own: it ends with us.</summary>
internal sealed class ServerProcess : IDisposable
{
    private readonly Process _process;

    private ServerProcess(Process process, int port) => (_process, Port) = (process, port);

    public int Port { get; }

    /// <summary>Starts one of <see cref="Serving"/>, and waits until it takes connections.</summary>
    /// <param name="kind">Which.</param>
    /// <param name="ports">How many ports it needs, one after the other.</param>
    public static async Task<ServerProcess> StartAsync(string kind, int ports = 1)
    {
        var port = FreePorts(ports);
        var process = Process.Start(new ProcessStartInfo("dotnet", [typeof(ServerProcess).Assembly.Location, "serve", kind, port.ToString(CultureInfo.InvariantCulture)]) { RedirectStandardInput = true })
            ?? throw new InvalidOperationException("The server did not start.");
        var server = new ServerProcess(process, port);
        try
        {
            for (var next = 0; next < ports; next++)
                await AnswersAsync(port + next);
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    public void Dispose()
    {
        _process.Kill();
        _process.Dispose();
    }

    private static async Task AnswersAsync(int port)
    {
        for (var attempt = 0; ; attempt++)
        {
            using var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            try
            {
                await socket.ConnectAsync(IPAddress.Loopback, port);
                return;
            }
            catch (SocketException) when (attempt < 600)
            {
                await Task.Delay(50);
            }
        }
    }

    private static int FreePorts(int count)
    {
        while (true)
        {
            // Below those that the system hands out by itself: nobody gets them meanwhile.
            var first = Random.Shared.Next(18_000, 20_000);
            try
            {
                for (var next = 0; next < count; next++)
                {
                    using var listener = new TcpListener(IPAddress.Loopback, first + next);
                    listener.Start();
                }

                return first;
            }
            catch (SocketException)
            {
            }
        }
    }
}

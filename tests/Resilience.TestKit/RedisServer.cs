using System.Net.Sockets;
using System.Text;

namespace Resilience.TestKit;

/// <summary>A real redis-server on a port of 127.0.0.1, which keeps its port and its folder while it is stopped. Gone, with its folder, when this is disposed.</summary>
public sealed class RedisServer : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("redis-").FullName;
    private readonly List<string> _options;
    private Daemon? _process;

    private RedisServer(IEnumerable<string> options) => _options = [.. options];

    public int Port { get; } = Ports.Free();

    public string Address => $"127.0.0.1:{Port}";

    public string Output => _process?.Output ?? "";

    /// <param name="options">As on the command line: <c>"--requirepass", "secret"</c>.</param>
    public static async Task<RedisServer> StartNewAsync(params string[] options)
    {
        var server = new RedisServer(options);
        try
        {
            await server.StartAsync();
            return server;
        }
        catch
        {
            server.Dispose();
            throw;
        }
    }

    /// <summary>Starts it again, until it answers at all: that it is loading, or wants a password, is an answer.</summary>
    public async Task StartAsync(params string[] furtherOptions)
    {
        _process = Daemon.Start(
            "redis-server",
            ["--port", $"{Port}", "--bind", "127.0.0.1", "--dir", _folder, "--save", "", "--appendonly", "no", "--enable-debug-command", "yes", .. _options, .. furtherOptions]);
        await Eventually.IsTrueAsync(() => _process.HasExited || Answers(), "redis-server answers");
        if (_process.HasExited)
            throw new InvalidOperationException($"redis-server ended: {Output}");
    }

    public void Stop()
    {
        _process?.Dispose();
        _process = null;
    }

    /// <summary>Stops its clock: the kernel takes connections for it, and nobody answers.</summary>
    public void Freeze() => _process?.Signal(Daemon.SigStop);

    public void Thaw() => _process?.Signal(Daemon.SigCont);

    /// <summary>Sends commands over one connection, as <c>redis-cli</c> would.</summary>
    /// <returns>The first line of the last reply.</returns>
    public async Task<string> RunAsync(params string[] commands)
    {
        using var client = Connect();
        using var reader = new StreamReader(client.GetStream(), Encoding.Latin1);
        var line = "";
        foreach (var command in commands)
        {
            await client.GetStream().WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"));
            line = await reader.ReadLineAsync().Within() ?? throw new IOException("redis-server closed the connection.");
        }

        return line;
    }

    /// <summary>A connection that stays open until it is disposed.</summary>
    public TcpClient Connect() => new("127.0.0.1", Port);

    public void Dispose()
    {
        Stop();
        Directory.Delete(_folder, recursive: true);
    }

    private bool Answers()
    {
        try
        {
            using var client = Connect();
            client.ReceiveTimeout = 1000;
            client.GetStream().Write("PING\r\n"u8);
            return client.GetStream().ReadByte() is '+' or '-';
        }
        catch (Exception e) when (e is IOException or SocketException)
        {
            return false;
        }
    }
}

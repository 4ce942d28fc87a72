using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Benchmarks;

internal sealed record Target(string Name, int Port, string Path);

/// <summary>Asks one endpoint over connections that stay open, each asking again when it has its answer.</summary>
internal sealed class Load
{
    private static readonly byte[] EndOfHeaders = "\r\n\r\n"u8.ToArray(), EndOfChunks = "\r\n0\r\n\r\n"u8.ToArray();

    private readonly Target _target;
    private readonly byte[] _request;
    private readonly List<Socket> _sockets = [];
    private int _answerLength;

    private Load(Target target)
    {
        _target = target;
        _request = Encoding.ASCII.GetBytes($"GET {target.Path} HTTP/1.1\r\nHost: localhost\r\n\r\n");
    }

    public List<(double PerSecond, double Ratio)> Rounds { get; } = [];

    public static async Task<Load> ConnectAsync(Target target, int connections)
    {
        var load = new Load(target);
        for (var i = 0; i < connections; i++)
            load._sockets.Add(await ConnectAsync(target.Port));
        load._answerLength = await load.FirstAnswerAsync();
        return load;
    }

    public async Task<double> RunAsync(TimeSpan length)
    {
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(_sockets.Select(socket => Task.Run(() => AskAsync(socket, started, length))));
        return counts.Sum() / Stopwatch.GetElapsedTime(started).TotalSeconds;
    }

    public void AddTo(Table table) => table.Add(_target.Name, Spread.Of(Rounds.Select(round => round.PerSecond)).Median, Spread.Of(Rounds.Select(round => round.Ratio)));

    private async Task<long> AskAsync(Socket socket, long started, TimeSpan length)
    {
        var buffer = new byte[_answerLength];
        var count = 0L;
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            await socket.SendAsync(_request);
            for (var read = 0; read < _answerLength;)
            {
                var bytes = await socket.ReceiveAsync(buffer.AsMemory(read));
                read += bytes > 0 ? bytes : throw new IOException($"{_target.Path} closed the connection.");
            }

            count++;
        }

        return count;
    }

    /// <summary>All answers of an endpoint are of one length: dates in them have a fixed one.</summary>
    private async Task<int> FirstAnswerAsync()
    {
        var buffer = new byte[16 * 1024];
        var read = 0;
        await _sockets[0].SendAsync(_request);
        while (true)
        {
            read += await _sockets[0].ReceiveAsync(buffer.AsMemory(read));
            var answer = buffer.AsSpan(0, read);
            var headers = answer.IndexOf(EndOfHeaders);
            if (headers < 0)
                continue;
            if (!answer.StartsWith("HTTP/1.1 200"u8))
                throw new InvalidOperationException($"{_target.Path} answered {Encoding.ASCII.GetString(answer)}");
            var text = Encoding.ASCII.GetString(answer[..headers]);
            var at = text.IndexOf("Content-Length: ", StringComparison.OrdinalIgnoreCase);
            if (at < 0 ? answer.EndsWith(EndOfChunks) : read >= headers + 4 + int.Parse(text.AsSpan(at + 16).ToString().Split('\r')[0], CultureInfo.InvariantCulture))
                return read;
        }
    }

    private static async Task<Socket> ConnectAsync(int port)
    {
        var socket = new Socket(SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        await socket.ConnectAsync(IPAddress.Loopback, port);
        return socket;
    }
}

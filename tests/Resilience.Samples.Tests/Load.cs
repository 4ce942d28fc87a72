using System.Diagnostics;
using System.Globalization;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Samples.Tests;

/// <summary>What a client got.</summary>
/// <param name="Ended">When it had it: a timestamp of <see cref="Stopwatch"/>.</param>
/// <param name="Status">The status; 0 if there was no answer.</param>
/// <param name="Text">The answer with its headers, if it was no success, or what went wrong.</param>
internal sealed record Answered(long Ended, int Status, string Text);

/// <summary>
/// One client that sends the same request again and again, without pause, until it fails or is told to stop. Over a bare socket: HttpClient
/// sends a request again, unseen, when a connection that it kept turns out to be closed.
/// </summary>
internal sealed class Load
{
    private readonly List<Answered> _answers = [];
    private readonly int _port;
    private readonly byte[] _request;
    private readonly Task _running;
    private volatile bool _stopped;

    private Load(int port, string request)
    {
        (_port, _request) = (port, Encoding.ASCII.GetBytes(request));
        _running = Task.Run(RunAsync);
    }

    public static Load Get(int port, string path) => new(port, $"GET {path} HTTP/1.1\r\nHost: localhost\r\n\r\n");

    /// <summary>With a new connection for every request.</summary>
    public static Load GetAfresh(int port, string path) => new(port, $"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n");

    public static Load Post(int port, string path, string json) =>
        new(port, $"POST {path} HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\nContent-Length: {json.Length}\r\n\r\n{json}");

    public int Count
    {
        get
        {
            lock (_answers)
                return _answers.Count;
        }
    }

    public Answered? Last
    {
        get
        {
            lock (_answers)
                return _answers.Count > 0 ? _answers[^1] : null;
        }
    }

    /// <summary>What it got, once it has failed.</summary>
    public async Task<IReadOnlyList<Answered>> FailAsync()
    {
        await _running.Within();
        return _answers;
    }

    public Task<IReadOnlyList<Answered>> StopAsync()
    {
        _stopped = true;
        return FailAsync();
    }

    private async Task RunAsync()
    {
        TcpClient? connection = null;
        var isGood = true;
        while (isGood && !_stopped)
        {
            Answered answer;
            try
            {
                connection ??= await ConnectAsync(_port);
                await connection.GetStream().WriteAsync(_request).AsTask().Within();
                var text = await ReadAsync(connection.GetStream()).Within();
                var status = int.Parse(text.AsSpan(9, 3), CultureInfo.InvariantCulture);
                answer = new(Stopwatch.GetTimestamp(), status, status < 300 ? "" : text);
                if (text.Contains("\r\nConnection: close\r\n", StringComparison.OrdinalIgnoreCase))
                {
                    connection.Dispose();
                    connection = null;
                }
            }
            catch (Exception e) when (e is IOException or SocketException or TimeoutException)
            {
                answer = new(Stopwatch.GetTimestamp(), 0, e.ToString());
                isGood = false;
            }

            lock (_answers)
                _answers.Add(answer);
        }

        connection?.Dispose();
    }

    private static async Task<TcpClient> ConnectAsync(int port)
    {
        var connection = new TcpClient { NoDelay = true };
        try
        {
            await connection.ConnectAsync("127.0.0.1", port).Within();
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private static async Task<string> ReadAsync(NetworkStream stream)
    {
        var buffer = new byte[8192];
        var text = "";
        while (!IsWhole(text))
        {
            var read = await stream.ReadAsync(buffer);
            if (read == 0)
                throw new IOException($"Closed after '{text}'.");
            text += Encoding.Latin1.GetString(buffer, 0, read);
        }

        return text;
    }

    private static bool IsWhole(string text)
    {
        const string Length = "\r\nContent-Length: ";
        var head = text.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        if (head < 0)
            return false;
        var length = text.IndexOf(Length, 0, head, StringComparison.OrdinalIgnoreCase);
        if (length < 0)
            return text.EndsWith("\r\n0\r\n\r\n", StringComparison.Ordinal); // Chunks.
        var start = length + Length.Length;
        return text.Length >= head + 4 + int.Parse(text.AsSpan(start, text.IndexOf("\r\n", start, StringComparison.Ordinal) - start), CultureInfo.InvariantCulture);
    }
}

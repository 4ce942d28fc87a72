using System.Globalization;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Resilience.Client.Tests.Wire;

/// <summary>A request as it came over the wire.</summary>
internal sealed record Received(string Line, string Target, IReadOnlyDictionary<string, string> Headers)
{
    public byte[] Body { get; set; } = [];
    public string Text => Encoding.UTF8.GetString(Body);
}

/// <summary>The backend's end of one connection.</summary>
internal sealed class Peer(ScriptedBackend backend, Socket socket) : IDisposable
{
    private readonly byte[] _buffer = new byte[4096];
    private Stream _stream = new NetworkStream(socket, ownsSocket: false);
    private int _start, _end;
    private bool _closed;

    /// <summary>The last request read.</summary>
    public Received Request { get; private set; } = new("none", "", new Dictionary<string, string>());

    public async Task ReadHeadAsync()
    {
        while (true)
        {
            Request = await ParseHeadAsync();
            if (Request.Target != ScriptedBackend.ProbePath)
                break;
            backend.CountProbe();
            await SendAsync($"HTTP/1.1 {backend.ProbeStatus} Probed\r\nContent-Length: 0\r\n\r\n");
        }
    }

    public async Task ReadBodyAsync()
    {
        var body = new MemoryStream();
        if (Request.Headers.TryGetValue("Content-Length", out var length))
        {
            await CopyAsync(body, int.Parse(length, CultureInfo.InvariantCulture));
        }
        else if (Request.Headers.ContainsKey("Transfer-Encoding"))
        {
            while (int.Parse(await ReadLineAsync(), NumberStyles.HexNumber, CultureInfo.InvariantCulture) is > 0 and var chunk)
            {
                await CopyAsync(body, chunk);
                await ReadLineAsync();
            }

            await ReadLineAsync();
        }

        Request.Body = body.ToArray();
        backend.Record(Request);
    }

    public Task SendAsync(string text) => SendAsync(Encoding.Latin1.GetBytes(text));

    public async Task SendAsync(byte[] bytes)
    {
        await _stream.WriteAsync(bytes);
        await _stream.FlushAsync();
    }

    public async Task<byte[]> ReadExactlyAsync(int count)
    {
        var bytes = new MemoryStream(count);
        await CopyAsync(bytes, count);
        return bytes.ToArray();
    }

    public async Task SecureAsync(X509Certificate2 certificate)
    {
        var secure = new SslStream(_stream);
        _stream = secure;
        await secure.AuthenticateAsServerAsync(certificate);
    }

    /// <summary>Waits for bytes, and leaves them; false when the client has closed, or we have.</summary>
    public async Task<bool> HasMoreAsync() => !_closed && (_start < _end || await FillAsync());

    /// <summary>Waits for the client to close.</summary>
    public async Task WaitForCloseAsync()
    {
        while (await FillAsync())
            _start = _end = 0;
    }

    public void HalfClose() => socket.Shutdown(SocketShutdown.Send);

    public void Close()
    {
        _closed = true;
        socket.Shutdown(SocketShutdown.Both);
        socket.Dispose();
    }

    public void Reset()
    {
        _closed = true;
        try
        {
            socket.LingerState = new LingerOption(true, 0);
        }
        catch (Exception e) when (e is SocketException or ObjectDisposedException)
        {
            // Closed already.
        }

        socket.Dispose();
    }

    public void Dispose()
    {
        _stream.Dispose();
        socket.Dispose();
    }

    private async Task<Received> ParseHeadAsync()
    {
        var line = await ReadLineAsync();
        var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
        while (await ReadLineAsync() is { Length: > 0 } header)
        {
            var colon = header.IndexOf(':', StringComparison.Ordinal);
            headers[header[..colon]] = header[(colon + 1)..].Trim();
        }

        return new(line, line.Split(' ')[1], headers);
    }

    private async Task<string> ReadLineAsync()
    {
        var line = new StringBuilder();
        while (true)
        {
            if (_start == _end && !await FillAsync())
                throw new EndOfStreamException();
            var character = (char)_buffer[_start++];
            if (character == '\n')
                return line.ToString();
            if (character != '\r')
                line.Append(character);
        }
    }

    private async Task CopyAsync(MemoryStream target, int count)
    {
        while (count > 0)
        {
            if (_start == _end && !await FillAsync())
                throw new EndOfStreamException();
            var part = Math.Min(count, _end - _start);
            target.Write(_buffer, _start, part);
            _start += part;
            count -= part;
        }
    }

    private async Task<bool> FillAsync()
    {
        _start = 0;
        _end = await _stream.ReadAsync(_buffer);
        return _end > 0;
    }
}

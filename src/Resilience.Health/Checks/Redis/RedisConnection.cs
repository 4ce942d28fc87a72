using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Resilience.Health;

/// <summary>One connection, for one run.</summary>
internal sealed class RedisConnection(Stream stream) : IAsyncDisposable
{
    private const byte TlsAlert = 0x15; // RFC 8446, section 5.1: the content type of what a TLS server sends to those who do not speak it.

    private byte[] _bytes = new byte[1024];
    private int _start, _end;

    public static async Task<RedisConnection> OpenAsync(RedisEndpoint endpoint, RedisTarget target, RedisTls tls, TimeProvider time, CancellationToken cancellationToken)
    {
        var socket = await Dialer.ConnectAsync(endpoint.Host, endpoint.Port, time, cancellationToken).ConfigureAwait(false);
        Stream stream = new NetworkStream(socket, ownsSocket: true);
        if (!target.UsesTls)
            return new RedisConnection(stream);
        var secure = new SslStream(stream, leaveInnerStreamOpen: false);
        try
        {
            await secure.AuthenticateAsClientAsync(
                new SslClientAuthenticationOptions
                {
                    TargetHost = target.TlsHost ?? endpoint.Host,
                    ClientCertificates = tls.ClientCertificates,
                    RemoteCertificateValidationCallback = tls.Validate,
                },
                cancellationToken).ConfigureAwait(false);
            return new RedisConnection(secure);
        }
        catch (Exception e)
        {
            await secure.DisposeAsync().ConfigureAwait(false);
            // Closing in the middle of the handshake is how many a server answers TLS that it does not speak.
            if (e is IOException && !cancellationToken.IsCancellationRequested)
                throw new RedisFaultException(new(CheckErrors.Tls, "ended the TLS handshake: does it speak TLS on this port?"));
            throw;
        }
    }

    /// <summary>Sends commands in one go; the replies are read one by one, in the same order.</summary>
    public async Task SendAsync(CancellationToken cancellationToken, params IReadOnlyList<string[]> commands)
    {
        using var request = new MemoryStream();
        foreach (var command in commands)
        {
            request.Write(Encoding.ASCII.GetBytes($"*{command.Length}\r\n"));
            foreach (var argument in command)
            {
                var bytes = Encoding.UTF8.GetBytes(argument);
                request.Write(Encoding.ASCII.GetBytes($"${bytes.Length}\r\n"));
                request.Write([.. bytes, (byte)'\r', (byte)'\n']);
            }
        }

        await stream.WriteAsync(request.ToArray(), cancellationToken).ConfigureAwait(false);
    }

    /// <exception cref="RedisFaultException">What came is not a reply, or the connection was closed first.</exception>
    public async Task<RespValue> ReadAsync(CancellationToken cancellationToken)
    {
        while (true)
        {
            var state = RespParser.Parse(_bytes.AsSpan(_start.._end), out var reply, out var used);
            if (state == RespState.Complete && reply is not null)
            {
                _start += used;
                return reply;
            }

            if (state == RespState.Invalid)
                throw new RedisFaultException(_bytes[_start] == TlsAlert ? new(CheckErrors.Tls, "speaks TLS on this port: use ssl=true or rediss://.") : RedisFault.Protocol);
            if (_end == _bytes.Length)
                Array.Resize(ref _bytes, 2 * _bytes.Length); // At most twice what a reply may have, or the parser had called it invalid.
            var read = await stream.ReadAsync(_bytes.AsMemory(_end), cancellationToken).ConfigureAwait(false);
            if (read == 0)
                throw new RedisFaultException(RedisFault.Closed);
            _end += read;
        }
    }

    public ValueTask DisposeAsync() => stream.DisposeAsync();
}

/// <summary>How to judge the server, and what to show it.</summary>
internal sealed record RedisTls(
    RemoteCertificateValidationCallback? Validate, System.Security.Cryptography.X509Certificates.X509CertificateCollection? ClientCertificates);

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Resilience.Health;

/// <summary>
/// One GET over a socket, without HttpClient, which takes longer to start than all else. Blocks for as long as the other side pleases.
/// </summary>
internal sealed class HttpExchange(ProbeTarget target) : IDisposable
{
    private const int Enough = HttpAnswer.LongestHead + HttpAnswer.LongestBody;

    private volatile string _awaited = "connection to";
    private Socket? _socket;
    private Stream? _stream;

    /// <summary>What is being waited for, in the words that go before the address.</summary>
    public string Awaited => _awaited;

    public ProbeVerdict Run()
    {
        var socket = Connect();
        _awaited = "answer from";
        var plain = new NetworkStream(socket);
        if (target.IsSecure)
            return RunSecure(plain, socket);
        _stream = plain;
        return Exchange(plain);
    }

    public void Dispose()
    {
        _stream?.Dispose();
        _socket?.Dispose();
    }

    private ProbeVerdict Exchange(Stream stream)
    {
        stream.Write(Encoding.ASCII.GetBytes(
            $"GET {target.Path} HTTP/1.1\r\nHost: {target.Authority}\r\nUser-Agent: health-check\r\nAccept: application/json, */*;q=0.1\r\nConnection: close\r\n\r\n"));

        var bytes = new byte[Enough];
        var length = 0;
        while (true)
        {
            var read = stream.Read(bytes, length, bytes.Length - length);
            length += read;
            if (length > 0)
                _awaited = "end of the answer from";
            if (HttpAnswer.Read(bytes.AsSpan(0, length), ended: read == 0) is { } answer)
                return answer.Verdict(target);
        }
    }

    // Apart, so that TLS is not loaded where it is not used.
    private ProbeVerdict RunSecure(NetworkStream plain, Socket socket)
    {
        var isLoopback = socket.RemoteEndPoint is not IPEndPoint { Address: var address } || IPAddress.IsLoopback(address);
        var distrust = SslPolicyErrors.None;
        var secure = new SslStream(plain);
        _stream = secure;
        try
        {
            secure.AuthenticateAsClient(new SslClientAuthenticationOptions
            {
                TargetHost = target.Host,
                // Certificates are made for the name that others use; over loopback only this machine can answer.
                RemoteCertificateValidationCallback = (_, _, _, errors) => isLoopback || (distrust = errors) == SslPolicyErrors.None,
                // The chain must be what the server sends: no downloads on the way.
                CertificateChainPolicy = new X509ChainPolicy { DisableCertificateDownloads = true, RevocationMode = X509RevocationMode.NoCheck },
            });
        }
        catch (AuthenticationException) when (distrust != SslPolicyErrors.None)
        {
            return ProbeVerdict.Bad($"certificate not trusted ({distrust}) of {target.Shown}");
        }

        return Exchange(secure);
    }

    private Socket Connect()
    {
        if (target.Socket is { } path)
            return Connect(new UnixDomainSocketEndPoint(path), ProtocolType.Unspecified);

        SocketException? first = null;
        foreach (var address in Addresses())
        {
            try
            {
                return Connect(new IPEndPoint(address, target.Port), ProtocolType.Tcp);
            }
            catch (SocketException e)
            {
                first ??= e;
            }
        }

        throw first ?? new SocketException((int)SocketError.HostNotFound);
    }

    private IPAddress[] Addresses()
    {
        if (target.IsLoopback)
            return [IPAddress.Loopback, IPAddress.IPv6Loopback];
        return IPAddress.TryParse(target.Host, out var address) ? [address] : Dns.GetHostAddresses(target.Host);
    }

    private Socket Connect(EndPoint to, ProtocolType protocol)
    {
        var socket = new Socket(to.AddressFamily, SocketType.Stream, protocol);
        _socket?.Dispose();
        _socket = socket;
        socket.Connect(to);
        return socket;
    }
}

using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Xunit;

namespace Resilience.Health.Tests.Probe;

public sealed class HealthProbeTests
{
    private static readonly TimeSpan AnswerBegins = TimeSpan.FromSeconds(2); // Within it, on a busy machine too.

    private const string Ok = "HTTP/1.1 200 OK\r\nContent-Length: 15\r\n\r\n{\"status\":\"ok\"}";

    [Fact]
    public void Other_arguments_are_left_alone()
    {
        Assert.False(HealthProbe.TryRun([], out var exitCode));
        Assert.False(HealthProbe.TryRun(["serve", "--health-check"], out exitCode));
        Assert.False(HealthProbe.TryRun(["--health-checks"], out exitCode));
        Assert.False(HealthProbe.TryRun(["--Health-Check"], out exitCode));
        Assert.False(HealthProbe.TryRun(null!, out exitCode));
        Assert.False(HealthProbe.TryRun([null!], out exitCode));
        Assert.Equal(0, exitCode);
    }

    [Fact]
    public void Success_is_healthy_and_says_what_was_answered()
    {
        using var server = ScriptedServer.Answering(Ok);

        var verdict = Probed.Ask(server.Url);

        Assert.True(verdict.IsHealthy);
        Assert.Equal("healthy: 200 {\"status\":\"ok\"}", verdict.Line);
    }

    [Fact]
    public void Request_names_host_and_port_and_asks_for_the_connection_to_be_closed()
    {
        using var server = ScriptedServer.Answering(Ok);

        Assert.True(Probed.Ask($"http://localhost:{server.Port}/up?key=1#top").IsHealthy);

        var request = server.Requests.Single();
        Assert.StartsWith("GET /up?key=1 HTTP/1.1\r\n", request, StringComparison.Ordinal);
        Assert.Contains($"\r\nHost: localhost:{server.Port}\r\n", request, StringComparison.Ordinal);
        Assert.Contains("\r\nConnection: close\r\n", request, StringComparison.Ordinal);
        Assert.EndsWith("\r\n\r\n", request, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("HTTP/1.1 503 Service Unavailable\r\nContent-Length: 21\r\n\r\n{\"status\":\"starting\"}", "unhealthy: 503 {\"status\":\"starting\"} from URL")]
    [InlineData("HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n", "unhealthy: 302, a redirect, which is not followed, from URL")]
    [InlineData("HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n", "unhealthy: 404 from URL")]
    [InlineData("SSH-2.0-OpenSSH_9.2\r\n", "unhealthy: no HTTP from URL")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Le", "unhealthy: closed in the middle of its answer by URL")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 500\r\n\r\n{", "unhealthy: closed in the middle of its answer by URL")]
    [InlineData("", "unhealthy: closed without an answer by URL")]
    public void Anything_else_is_unhealthy_and_says_why(string answer, string line)
    {
        using var server = ScriptedServer.Answering(answer);

        var verdict = Probed.Ask(server.Url);

        Assert.False(verdict.IsHealthy);
        Assert.Equal(line.Replace("URL", server.Url, StringComparison.Ordinal), verdict.Line);
    }

    [Fact]
    public void Redirects_are_not_followed()
    {
        using var other = ScriptedServer.Answering(Ok);
        using var server = ScriptedServer.Answering($"HTTP/1.1 307 x\r\nLocation: {other.Url}\r\nContent-Length: 0\r\n\r\n");

        Assert.False(Probed.Ask(server.Url).IsHealthy);
        Assert.Empty(other.Requests);
    }

    [Fact]
    public void Silence_ends_by_the_deadline()
    {
        using var server = ScriptedServer.Silent();

        Assert.Equal($"unhealthy: no answer from {server.Url} within 0.4 s", Probed.AskBriefly(server.Url).Line);
    }

    [Theory]
    [InlineData("", "H", "no HTTP from")]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", "a", "no end of the answer from")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n", "a", "no end of the answer from")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", "1\r\na\r\n", "no end of the answer from")]
    public void Dripping_ends_by_the_deadline(string first, string piece, string line)
    {
        using var server = ScriptedServer.Repeating(first, piece, TimeSpan.FromMilliseconds(10));

        Assert.StartsWith($"unhealthy: {line} {server.Url}", Probed.AskBriefly(server.Url, AnswerBegins).Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Half_a_head_and_then_silence_ends_by_the_deadline()
    {
        using var server = ScriptedServer.Repeating("HTTP/1.1 200 OK\r\nContent-Le", "", TimeSpan.FromHours(1));

        Assert.Equal($"unhealthy: no end of the answer from {server.Url} within 2 s", Probed.AskBriefly(server.Url, AnswerBegins).Line);
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nX: ", "endless headers from")]
    [InlineData("HTTP/1.1 200 OK\r\n", "endless headers from")]
    [InlineData("xxxxxxxxxx", "no HTTP from")]
    public void Endless_headers_are_not_read_to_their_end(string first, string line)
    {
        using var server = ScriptedServer.Repeating(first, new string('h', 1 << 20), TimeSpan.Zero);

        Assert.Equal($"unhealthy: {line} {server.Url}", Probed.Ask(server.Url).Line);
    }

    [Fact]
    public void Endless_body_is_not_read_to_its_end()
    {
        using var server = ScriptedServer.Repeating("HTTP/1.1 200 OK\r\n\r\n", new string('b', 1 << 20), TimeSpan.Zero);

        var line = Probed.Ask(server.Url).Line;

        Assert.StartsWith("healthy: 200 bbbb", line, StringComparison.Ordinal);
        Assert.InRange(line.Length, 50, ProbeVerdict.LongestLine);
    }

    [Fact]
    public void Nobody_listening_is_refused()
    {
        var url = $"http://localhost:{Ports.Free()}/health/ready";

        Assert.Equal($"unhealthy: refused by {url}", Probed.Ask(url).Line);
    }

    [Fact]
    public void Names_that_do_not_resolve_are_said() =>
        Assert.Matches("^unhealthy: (name not found:|no (connection to|answer from)) http://nowhere.invalid:80/x", Probed.Ask("http://nowhere.invalid/x").Line);

    [Fact]
    public void Port_means_this_machine_over_IPv4_then_IPv6()
    {
        using var four = ScriptedServer.Answering(Ok);
        using var six = ScriptedServer.Answering(Ok, new IPEndPoint(IPAddress.IPv6Loopback, 0));

        Assert.True(Probed.Ask($"{four.Port}").IsHealthy);
        Assert.True(Probed.Ask($"{six.Port}").IsHealthy);
        Assert.True(Probed.Ask($"http://[::]:{six.Port}").IsHealthy);
        Assert.True(Probed.Ask($"http://[::1]:{six.Port}").IsHealthy);
        Assert.True(Probed.Ask($"http://*:{six.Port}").IsHealthy);
    }

    [Fact]
    public void Unix_sockets_are_asked_in_all_ways_of_writing_them()
    {
        var path = Path.Combine(Path.GetTempPath(), $"probe-{Guid.NewGuid():N}.sock");
        using var server = ScriptedServer.Answering(Ok, new UnixDomainSocketEndPoint(path));

        foreach (var target in new[] { $"unix:{path}", $"unix:{path}:/up", $"http://unix:{path}", $"http://unix:{path}:/up" })
            Assert.Equal("healthy: 200 {\"status\":\"ok\"}", Probed.Ask(target).Line);

        Assert.Equal(["/health/ready", "/up", "/health/ready", "/up"], server.Requests.Select(request => request.Split(' ')[1]));
        Assert.All(server.Requests, request => Assert.Contains("\r\nHost: localhost\r\n", request, StringComparison.Ordinal));
    }

    [Fact]
    public void Missing_unix_sockets_are_said() =>
        Assert.Equal("unhealthy: nothing at unix:/nowhere/app.sock:/health/ready", Probed.Ask("unix:/nowhere/app.sock").Line);

    [Fact]
    public void Full_unix_socket_ends_by_the_deadline()
    {
        var path = Path.Combine(Path.GetTempPath(), $"probe-{Guid.NewGuid():N}.sock");
        using var listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        listener.Listen(1);

        // Nobody accepts: the first ones fill the queue, then connecting itself blocks.
        for (var i = 0; i < 4; i++)
            Assert.Matches("^unhealthy: no (connection to|answer from) unix:", Probed.AskBriefly($"unix:{path}").Line);
        File.Delete(path);
    }

    [Theory]
    [InlineData("127.0.0.1")]
    [InlineData("localhost")]
    public void Certificates_are_not_verified_over_loopback(string host)
    {
        using var certificate = SelfSigned();
        using var server = Secure(certificate);

        Assert.Equal("healthy: 200 {\"status\":\"ok\"}", Probed.Ask($"https://{host}:{server.Port}").Line);
    }

    [Fact]
    public void Certificates_are_verified_elsewhere()
    {
        // This machine, but not by its loopback interface.
        var own = Dns.GetHostAddresses(Dns.GetHostName()).FirstOrDefault(address => address.AddressFamily == AddressFamily.InterNetwork && !IPAddress.IsLoopback(address));
        Assert.SkipWhen(own is null, "This machine has only a loopback address.");
        using var certificate = SelfSigned();
        using var server = Secure(certificate, new IPEndPoint(own, 0));

        Assert.Matches($"^unhealthy: certificate not trusted \\(.+\\) of https://{own}:{server.Port}/", Probed.Ask($"https://{own}:{server.Port}").Line);
    }

    [Fact]
    public void Plain_HTTP_at_an_https_address_is_said()
    {
        using var server = ScriptedServer.Answering(Ok);

        Assert.Equal($"unhealthy: TLS failed at https://localhost:{server.Port}/health/ready", Probed.Ask($"https://localhost:{server.Port}").Line);
    }

    private static ScriptedServer Secure(X509Certificate2 certificate, EndPoint? at = null) => new(
        async (stream, stopping) =>
        {
            await using var secure = new SslStream(stream);
            await secure.AuthenticateAsServerAsync(new SslServerAuthenticationOptions { ServerCertificate = certificate }, stopping);
            await secure.ReadAtLeastAsync(new byte[4096], 1, cancellationToken: stopping);
            await secure.WriteAsync(Encoding.ASCII.GetBytes(Ok), stopping);
        },
        at,
        readsFirst: false);

    private static X509Certificate2 SelfSigned()
    {
        using var key = RSA.Create(2048);
        var request = new CertificateRequest("CN=nobody", key, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        using var certificate = request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
        return X509CertificateLoader.LoadPkcs12(certificate.Export(X509ContentType.Pfx), null);
    }
}

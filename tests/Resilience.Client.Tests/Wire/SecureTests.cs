using System.Net.Security;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class SecureTests : IDisposable
{
    private const int HelloStart = 5;

    private readonly X509Certificate2 _certificate = Certificate();

    [Theory]
    [InlineData("GET")]
    [InlineData("POST")]
    public async Task Certificate_that_is_not_trusted_fails_at_once_and_the_message_says_so(string method)
    {
        await using var backend = new ScriptedBackend().Next(Tls(_certificate), Read);
        await using var host = new WireHost(Address(backend));
        var failure = await host.FailsAsync(BackendFailureReason.SecureConnection, 1, host.SendAsync(new(method), null));
        Assert.Contains("no secure connection that is trusted", failure.Message, StringComparison.Ordinal);
        Assert.Contains("check its certificate against Backends:wire:Address", failure.Message, StringComparison.Ordinal);
        Assert.Equal((1, 0), (backend.Connections, backend.Requests));
        Assert.Equal(BackendState.Up, host.State.State);
    }

    [Theory]
    [InlineData("GET", true)]
    [InlineData("GET", false)]
    [InlineData("POST", true)]
    [InlineData("POST", false)]
    public async Task Handshake_that_is_cut_is_tried_again_whatever_the_method(string method, bool reset)
    {
        await using var backend = new ScriptedBackend()
            .Next(ReadBytes(HelloStart), reset ? Reset : Close).Next(ReadBytes(HelloStart), reset ? Reset : Close)
            .Next(Tls(_certificate), Read, Ok("secure"), Close);
        await using var host = new WireHost(Address(backend), Trust);
        await host.AnswersAsync("secure", host.SendAsync(new(method), new StringContent("body")));
        Assert.Equal("body", Assert.Single(backend.Received).Text);
        Assert.Equal(3, host.Attempts);
    }

    [Fact]
    public async Task Secure_backend_that_was_refused_is_waited_for()
    {
        await using var backend = new ScriptedBackend().Always(Tls(_certificate), Read, Ok("secure"), Close);
        backend.Stop();
        await using var host = new WireHost(Address(backend), Trust);
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await host.AnswersAsync("secure", call);
    }

    [Fact]
    public async Task Certificate_that_is_not_trusted_at_the_start_is_told_to_who_waits()
    {
        await using var backend = new ScriptedBackend().Always(Tls(_certificate), Read);
        await using var host = new WireHost(Address(backend), null, isAwaited: true);
        var call = host.GetAsync();
        await host.FailsAsync(BackendFailureReason.SecureConnection, 0, call);
        var check = await host.CheckAsync();
        Assert.Equal("certificate", check.Data["error"]);
        Assert.Contains("its certificate is not trusted", check.Description, StringComparison.Ordinal);
        Assert.Equal(0, backend.Requests);
    }

    [Fact]
    public async Task Server_without_tls_at_the_start_is_told_from_one_with_a_wrong_certificate()
    {
        await using var backend = new ScriptedBackend().Always(ReadBytes(HelloStart), Send("HTTP/1.1 400 Bad Request\r\n\r\n"), Close);
        await using var host = new WireHost(Address(backend), null, isAwaited: true);
        var check = await host.CheckAsync();
        for (var again = 0; again < 10 && check.Data["error"] is "not_run"; again++) // A slow machine.
            check = await host.CheckAsync();
        Assert.Equal("tls", check.Data["error"]);
        Assert.Equal(BackendState.Down, host.State.State);
    }

    public void Dispose() => _certificate.Dispose();

    private static string Address(ScriptedBackend backend) => $"https://localhost:{backend.Port}";

    private void Trust(SocketsHttpHandler handler) => handler.SslOptions.RemoteCertificateValidationCallback =
        (_, shown, _, errors) => errors == SslPolicyErrors.RemoteCertificateChainErrors && shown?.GetCertHashString() == _certificate.GetCertHashString();

    private static X509Certificate2 Certificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=localhost", key, HashAlgorithmName.SHA256);
        var names = new SubjectAlternativeNameBuilder();
        names.AddDnsName("localhost");
        request.CertificateExtensions.Add(names.Build());
        return request.CreateSelfSigned(DateTimeOffset.UtcNow.AddDays(-1), DateTimeOffset.UtcNow.AddDays(1));
    }
}

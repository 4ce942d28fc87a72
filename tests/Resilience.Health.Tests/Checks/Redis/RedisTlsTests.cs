using System.Net.Security;
using System.Security.Cryptography.X509Certificates;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.Tests.Checks;

/// <summary>Against a real redis-server with a certificate of our own making.</summary>
public sealed class RedisTlsTests : IAsyncLifetime
{
    private const string Secret = "s3cret";

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("redis-tls-");
    private readonly int _tlsPort = Ports.Free();
    private readonly X509Certificate2 _certificate = TestCertificate.For("localhost");
    private RedisServer? _redis;

    private string Address => $"127.0.0.1:{_tlsPort},ssl=true,sslHost=localhost";

    public async ValueTask InitializeAsync() => _redis = await StartAsync(asksForCertificate: false);

    public ValueTask DisposeAsync()
    {
        _redis?.Dispose();
        _certificate.Dispose();
        _folder.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    [Fact]
    public async Task Certificate_of_nobody_we_trust_is_its_own_failure()
    {
        var result = await AskAsync(Address);
        result.AssertHolds(CheckErrors.Certificate);
        result.AssertHidden(Secret);
    }

    [Fact]
    public async Task Certificate_that_the_callback_trusts_is_good()
    {
        Assert.Equal(HealthStatus.Healthy, (await AskAsync(Address, IsOurs)).Status);
        (await AskAsync(Address, (_, _, _, _) => false)).AssertHolds(CheckErrors.Certificate);
    }

    [Fact]
    public async Task Plain_and_tls_that_meet_say_so()
    {
        var plainToTls = await AskAsync($"127.0.0.1:{_tlsPort}");
        Assert.Contains(plainToTls.Code(), (string?[])[CheckErrors.Tls, CheckErrors.Closed]);
        plainToTls.AssertHidden(Secret);

        // Redis waits for the line's end in what it takes for a command; whether the handshake holds one is chance.
        try
        {
            var tlsToPlain = await AskAsync($"{_redis?.Address},ssl=true", deadline: TimeSpan.FromMilliseconds(300));
            tlsToPlain.AssertHolds(CheckErrors.Tls);
            tlsToPlain.AssertHidden(Secret);
        }
        catch (OperationCanceledException)
        {
        }
    }

    [Fact]
    public async Task Server_that_asks_for_a_certificate_wants_ours()
    {
        _redis?.Dispose();
        _redis = await StartAsync(asksForCertificate: true);

        (await AskAsync(Address, IsOurs)).AssertHolds(CheckErrors.Tls);
        var result = await CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache", $"{Address},password={Secret}", options =>
        {
            options.RemoteCertificateValidationCallback = IsOurs;
            options.ClientCertificates = [_certificate];
        }));
        Assert.Equal((HealthStatus.Healthy, "connected"), (result.Status, result.Description));
    }

    private bool IsOurs(object sender, X509Certificate? certificate, X509Chain? chain, SslPolicyErrors errors) =>
        certificate is X509Certificate2 shown && shown.Thumbprint == _certificate.Thumbprint;

    private static Task<HealthCheckResult> AskAsync(string address, RemoteCertificateValidationCallback? validate = null, TimeSpan? deadline = null) =>
        CheckRun.OnceAsync(checks => checks.AddRedisCheck("cache", $"{address},password={Secret}", options => options.RemoteCertificateValidationCallback = validate), deadline);

    private Task<RedisServer> StartAsync(bool asksForCertificate)
    {
        var (certificate, key) = (Path.Combine(_folder.FullName, "redis.crt"), Path.Combine(_folder.FullName, "redis.key"));
        File.WriteAllText(certificate, _certificate.ExportCertificatePem());
        File.WriteAllText(key, _certificate.GetRSAPrivateKey()?.ExportPkcs8PrivateKeyPem());
        return RedisServer.StartNewAsync(
            "--tls-port", $"{_tlsPort}", "--tls-cert-file", certificate, "--tls-key-file", key, "--tls-ca-cert-file", certificate,
            "--tls-auth-clients", asksForCertificate ? "yes" : "no", "--requirepass", Secret);
    }
}

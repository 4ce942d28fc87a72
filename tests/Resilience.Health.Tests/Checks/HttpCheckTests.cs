using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class HttpCheckTests : IAsyncLifetime
{
    private readonly int _port = Ports.Free();
    private readonly int _tlsPort = Ports.Free();
    private WebApplication? _app;
    private int _redirected;
    private string? _cookie, _key;

    private string Address => $"http://127.0.0.1:{_port}";

    public async ValueTask InitializeAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        var certificate = TestCertificate.For("localhost");
        builder.WebHost.UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
        {
            kestrel.ListenLocalhost(_port);
            kestrel.ListenLocalhost(_tlsPort, listen => listen.UseHttps(certificate));
        });
        _app = builder.Build();
        _app.MapMethods("/status/{code:int}", ["GET", "HEAD"], (int code, HttpResponse response) =>
        {
            response.Headers.Location = "/redirected";
            response.StatusCode = code;
        });
        _app.MapGet("/redirected", () => Interlocked.Increment(ref _redirected));
        _app.MapGet("/headers", (HttpContext context) =>
        {
            (_cookie, _key) = (context.Request.Headers.Cookie, $"{context.Request.Headers["X-Key"]}|{context.Request.Host}|{context.Request.Headers.UserAgent}");
            context.Response.Cookies.Append("session", "1");
        });
        _app.MapGet("/body", (int before, string text, HttpContext context) => WriteAsync(context, before, text));
        await _app.StartAsync();
    }

    public async ValueTask DisposeAsync()
    {
        if (_app is not null)
            await _app.DisposeAsync();
    }

    [Theory]
    [InlineData(200, HealthStatus.Healthy, null)]
    [InlineData(204, HealthStatus.Healthy, null)]
    [InlineData(302, HealthStatus.Unhealthy, "http_302")]
    [InlineData(401, HealthStatus.Unhealthy, "http_401")]
    [InlineData(503, HealthStatus.Unhealthy, "http_503")]
    public async Task Status_decides_and_redirects_are_not_followed(int status, HealthStatus expected, string? code)
    {
        var result = await AskAsync($"{Address}/status/{status}");

        Assert.Equal((expected, code, status, 0), (result.Status, result.Code(), result.Data["statusCode"], _redirected));
    }

    [Fact]
    public async Task Expected_statuses_stand_in_place_of_success()
    {
        Action<HttpCheckOptions> expected = options => options.ExpectedStatuses.UnionWith([302, 401]);
        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{Address}/status/401", expected)).Status);
        (await AskAsync($"{Address}/status/200", expected)).AssertHolds("http_200");
    }

    [Fact]
    public async Task Head_is_enough_for_a_status() =>
        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"{Address}/status/200", options => options.Method = "HEAD")).Status);

    [Fact]
    public async Task Headers_are_sent_and_cookies_are_not_kept()
    {
        await using var provider = CheckRun.Provider(checks => checks.AddHttpCheck("api", $"{Address}/headers", options =>
        {
            options.Headers["X-Key"] = "s3cret";
            options.Headers["Host"] = "catalog.example";
        }));
        for (var run = 0; run < 2; run++)
        {
            Assert.Equal(HealthStatus.Healthy, (await provider.OnceAsync()).Status);
            Assert.Equal(("", "s3cret|catalog.example|Resilience.Health"), (_cookie ?? "", _key));
        }
    }

    [Theory]
    [InlineData(0, "ready", true)]
    [InlineData(65_536 - 5, "ready", true)]
    [InlineData(65_536 - 4, "ready", false)]
    [InlineData(4_094, "ready", true)] // Across two reads.
    [InlineData(10, "steady", false)]
    [InlineData(100_000_000, "ready", false)]
    public async Task Text_is_looked_for_in_the_beginning_of_the_body(int before, string text, bool isFound)
    {
        var result = await AskAsync($"{Address}/body?before={before}&text={text}", options => options.ExpectedText = "ready");

        Assert.Equal(isFound ? null : CheckErrors.Body, result.Code());
        Assert.Equal(200, result.Data["statusCode"]);
    }

    [Fact]
    public async Task Text_beyond_ascii_is_found() => Assert.Equal(
        HealthStatus.Healthy, (await AskAsync($"{Address}/body?before=3&text={Uri.EscapeDataString("bereit für €")}", options => options.ExpectedText = "für €")).Status);

    [Fact]
    public async Task Text_that_begins_in_one_piece_and_ends_in_another_is_found()
    {
        await using var server = new RawServer(async (stream, stop) =>
        {
            await stream.ReadAtLeastAsync(new byte[4096], 1, false, stop);
            foreach (var letter in "HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nxx reready"u8.ToArray())
            {
                await stream.WriteAsync(new[] { letter }, stop);
                await Task.Yield();
            }

            await stream.ReadAtLeastAsync(new byte[1], 1, false, stop);
        });
        Assert.Equal(HealthStatus.Healthy, (await AskAsync($"http://127.0.0.1:{server.Port}", options => options.ExpectedText = "ready")).Status);
        await Eventually.IsTrueAsync(() => server.Open == 0, "the connection is closed");
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nrea", CheckErrors.Closed)]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", CheckErrors.Protocol)]
    [InlineData("HTTP/1.1 200 OK\r\n", CheckErrors.Closed)]
    [InlineData("", CheckErrors.Closed)]
    [InlineData("220 mail.example ESMTP\r\n", CheckErrors.Protocol)]
    [InlineData("HTTP/1.1 200 OK\r\nbroken header\r\n\r\n", CheckErrors.Protocol)]
    public async Task Answer_that_is_cut_or_wrong_has_its_code(string answer, string code)
    {
        await using var server = RawServer.Answering(Encoding.Latin1.GetBytes(answer), keepsOpen: false);
        (await AskAsync($"http://127.0.0.1:{server.Port}", options => options.ExpectedText = "ready")).AssertHolds(code);
    }

    [Theory]
    [InlineData("")]
    [InlineData("HTTP/1.1 200 OK\r\n")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nrea")]
    public async Task Answer_that_does_not_come_is_left_at_the_deadline_and_the_connection_closed(string answer)
    {
        await using var server = RawServer.Answering(Encoding.Latin1.GetBytes(answer));

        await Assert.ThrowsAnyAsync<OperationCanceledException>(
            () => AskAsync($"http://127.0.0.1:{server.Port}", options => options.ExpectedText = "ready", TimeSpan.FromMilliseconds(200)));

        await Eventually.IsTrueAsync(() => server.Open == 0, "the connection is closed");
    }

    [Fact]
    public async Task Every_run_connects_anew_and_leaves_nothing_open()
    {
        await using var server = RawServer.Answering("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"u8.ToArray());
        await using var provider = CheckRun.Provider(checks => checks.AddHttpCheck("api", $"http://127.0.0.1:{server.Port}"));
        for (var run = 1; run <= 3; run++)
        {
            Assert.Equal(HealthStatus.Healthy, (await provider.OnceAsync()).Status);
            Assert.Equal(run, server.Accepted);
            await Eventually.IsTrueAsync(() => server.Open == 0, "the connection is closed");
        }
    }

    [Fact]
    public async Task Certificate_is_judged_as_usual_or_by_the_callback()
    {
        (await AskAsync($"https://localhost:{_tlsPort}/status/200")).AssertHolds(CheckErrors.Certificate);
        Assert.Equal(HealthStatus.Healthy, (await AskAsync(
            $"https://localhost:{_tlsPort}/status/200",
            options => options.RemoteCertificateValidationCallback = (_, certificate, _, _) => certificate?.Subject == "CN=localhost")).Status);
        (await AskAsync($"https://127.0.0.1:{_port}")).AssertHolds(CheckErrors.Tls);
    }

    [Fact]
    public async Task Server_that_is_away_or_unknown_has_its_code_and_secrets_of_the_address_stay()
    {
        var away = await AskAsync($"http://127.0.0.1:{Ports.Free()}/path?key=s3cret");
        away.AssertHolds(CheckErrors.Refused);
        away.AssertHidden("s3cret");
        (await AskAsync("http://nobody.invalid")).AssertHolds(CheckErrors.Dns);
    }

    [Fact]
    public async Task Instance_is_one_per_host_and_disposed_with_it()
    {
        HttpCheck one, two;
        await using (var provider = CheckRun.Provider(checks => checks.AddHttpCheck("api", $"{Address}/status/200")))
        {
            var registration = provider.GetRequiredService<Microsoft.Extensions.Options.IOptions<HealthCheckServiceOptions>>().Value.Registrations.Single();
            await using (var scope = provider.CreateAsyncScope())
                one = (HttpCheck)registration.Factory(scope.ServiceProvider);
            two = (HttpCheck)registration.Factory(provider);
            Assert.Same(one, two);
            Assert.Equal(HealthStatus.Healthy, (await provider.OnceAsync()).Status);
        }

        var context = new HealthCheckContext { Registration = new HealthCheckRegistration("api", one, null, null) };
        var result = await one.CheckHealthAsync(context, TestContext.Current.CancellationToken);
        Assert.IsType<ObjectDisposedException>(result.Exception);
    }

    private static Task<HealthCheckResult> AskAsync(string address, Action<HttpCheckOptions>? configure = null, TimeSpan? deadline = null) =>
        CheckRun.OnceAsync(checks => checks.AddHttpCheck("api", address, configure), deadline);

    private static async Task WriteAsync(HttpContext context, int before, string text)
    {
        var filler = new byte[4096];
        Array.Fill(filler, (byte)'r');
        for (var left = before; left > 0; left -= filler.Length)
            await context.Response.Body.WriteAsync(filler.AsMemory(0, Math.Min(left, filler.Length)), context.RequestAborted);
        await context.Response.WriteAsync(text, context.RequestAborted);
    }
}

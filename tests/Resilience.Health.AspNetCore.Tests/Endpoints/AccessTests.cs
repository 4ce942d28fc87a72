using System.Net;
using System.Net.Sockets;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>Who may see details.</summary>
public sealed class AccessTests
{
    private const string Key = "0123456789abcdef-key";

    [Fact]
    public async Task Management_port_is_told_by_the_connection_and_never_by_the_Host_header()
    {
        await using var bench = new WebBench();
        var port = Ports.Free();
        bench.Builder.WebHost.UseUrls(bench.Url, $"http://127.0.0.1:{port}");
        bench.Add("db");
        bench.App.MapHealth(options => (options.ManagementPort, options.StatusPage) = (port, true));
        bench.App.MapGet("/", () => "business");
        bench.App.MapGet("/info", () => "business");
        await bench.StartAsync();

        foreach (var path in new[] { "/health/deep", "/health/ui" })
        {
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(path)).Status);
            Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync(path, ("Host", $"127.0.0.1:{port}"), ("X-Forwarded-Host", $"127.0.0.1:{port}"), ("X-Forwarded-Port", $"{port}"))).Status);
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync($"http://127.0.0.1:{port}{path}")).Status);
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync($"http://127.0.0.1:{port}{path}", ("Host", $"127.0.0.1:{bench.Port}"))).Status);
        }

        Assert.Equal("business", (await bench.GetAsync("/")).Body);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"http://127.0.0.1:{port}/")).Status);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync($"http://127.0.0.1:{port}/info", ("Host", $"127.0.0.1:{bench.Port}"))).Status);
        foreach (var url in new[] { bench.Url, $"http://127.0.0.1:{port}" })
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync($"{url}/health/ready")).Status);
        Assert.DoesNotContain("db", (await bench.GetAsync("/health")).Body, StringComparison.Ordinal);
        Assert.Contains("\"db\"", (await bench.GetAsync($"http://127.0.0.1:{port}/health")).Body, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Metrics_are_served_at_the_management_port_where_there_is_one_unless_that_is_cleared(bool isCleared)
    {
        await using var bench = new WebBench();
        var port = Ports.Free();
        bench.Builder.WebHost.UseUrls(bench.Url, $"http://127.0.0.1:{port}");
        bench.App.MapHealth(options =>
        {
            options.ManagementPort = port;
            if (isCleared)
                options.ManagementPaths.Clear();
        });
        bench.App.MapGet("/metrics", () => "metrics");
        await bench.StartAsync();
        Assert.Equal(isCleared ? HttpStatusCode.OK : HttpStatusCode.NotFound, (await bench.GetAsync("/metrics")).Status);
        Assert.Equal(isCleared ? HttpStatusCode.NotFound : HttpStatusCode.OK, (await bench.GetAsync($"http://127.0.0.1:{port}/metrics")).Status);
    }

    [Fact]
    public async Task Management_port_can_keep_probes_to_itself_and_serve_other_paths()
    {
        await using var bench = new WebBench();
        var port = Ports.Free();
        bench.Builder.WebHost.UseUrls(bench.Url, $"http://127.0.0.1:{port}");
        bench.App.MapHealth(options =>
        {
            (options.ManagementPort, options.AlsoOnMainPort) = (port, false);
            options.ManagementPaths.Add("/info");
        });
        bench.App.MapGet("/info", () => "info");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/health/ready")).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync($"http://127.0.0.1:{port}/health/ready")).Status);
        Assert.Equal("info", (await bench.GetAsync($"http://127.0.0.1:{port}/info")).Body);
    }

    [Fact]
    public async Task Management_socket_admits_and_serves_nothing_else()
    {
        using var folder = new TemporaryFolder();
        var socket = Path.Combine(folder.Path, "m.sock");
        await using var bench = new WebBench();
        bench.Builder.WebHost.UseUrls(bench.Url, $"http://unix:{socket}");
        bench.App.MapHealth(options => options.ManagementSocket = Path.Combine(folder.Path, ".", "x", "..", "m.sock"));
        bench.App.MapGet("/", () => "business");
        await bench.StartAsync();

        using var client = new HttpClient(new SocketsHttpHandler
        {
            ConnectCallback = async (_, cancelled) =>
            {
                var connection = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
                await connection.ConnectAsync(new UnixDomainSocketEndPoint(socket), cancelled);
                return new NetworkStream(connection, ownsSocket: true);
            },
        });
        Assert.Equal(HttpStatusCode.OK, (await client.GetAsync("http://localhost/health/deep", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await client.GetAsync("http://localhost/", TestContext.Current.CancellationToken)).StatusCode);
        Assert.Equal(HttpStatusCode.NotFound, (await bench.GetAsync("/health/deep")).Status);
        Assert.Equal("business", (await bench.GetAsync("/")).Body);
    }

    [Theory]
    [InlineData("Authorization", "Bearer " + Key, HttpStatusCode.OK)]
    [InlineData("authorization", "bearer  " + Key, HttpStatusCode.OK)]
    [InlineData("X-Api-Key", Key, HttpStatusCode.OK)]
    [InlineData("X-Api-Key", Key + "x", HttpStatusCode.Unauthorized)]
    [InlineData("X-Api-Key", "", HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Basic " + Key, HttpStatusCode.Unauthorized)]
    [InlineData("Authorization", "Bearer", HttpStatusCode.Unauthorized)]
    [InlineData("X-Nothing", Key, HttpStatusCode.Unauthorized)]
    public async Task Key_admits_machines(string header, string value, HttpStatusCode expected)
    {
        await using var bench = new WebBench();
        bench.Add("db");
        bench.App.MapHealth(options => options.ApiKey = Key);
        await bench.StartAsync();
        var (status, body) = await bench.GetAsync("/health/deep", (header, value));
        Assert.Equal(expected, status);
        Assert.Equal(expected == HttpStatusCode.OK, body.Contains("\"db\"", StringComparison.Ordinal));
        Assert.Equal(expected == HttpStatusCode.OK, (await bench.GetAsync("/health", (header, value))).Body.Contains("\"db\"", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("")]
    [InlineData("somebody else's")]
    public async Task Key_in_one_header_is_not_hidden_by_the_other(string other)
    {
        await using var bench = new WebBench();
        bench.App.MapHealth(options => options.ApiKey = Key);
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep", ("X-Api-Key", other), ("Authorization", "Bearer " + Key))).Status);
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/deep", ("X-Api-Key", Key), ("Authorization", "Bearer " + other))).Status);
        Assert.Equal(HttpStatusCode.Unauthorized, (await bench.GetAsync("/health/deep", ("X-Api-Key", other), ("Authorization", "Bearer " + other))).Status);
    }

    [Fact]
    public async Task Development_shows_details_to_this_machine_without_further_ado()
    {
        await using var bench = new WebBench("Development");
        bench.Add("db");
        bench.App.MapHealth();
        await bench.StartAsync();
        Assert.Contains("\"db\"", (await bench.GetAsync("/health/deep")).Body, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Only_the_state_is_for_anybody()
    {
        await using var bench = new WebBench();
        bench.Add("db").Result = Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckResult.Unhealthy("db.internal refused bob");
        bench.App.MapHealth(options => options.ApiKey = Key);
        await bench.StartAsync();
        foreach (var path in new[] { "/health", "/health/ready", "/health/live", "/health/startup", "/health/deep" })
        {
            foreach (var accept in new[] { "*/*", "text/plain", "application/health+json" })
            {
                var (_, body) = await bench.GetAsync(path + "?format=ui&fresh=1", ("Accept", accept));
                Assert.DoesNotContain("db", body, StringComparison.Ordinal);
                Assert.DoesNotContain("bob", body, StringComparison.Ordinal);
            }
        }
    }
}

using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary><c>Api --health-check</c>, as a container without shell and <c>curl</c> runs it.</summary>
public sealed class HealthProbeTests
{
    [Fact]
    public async Task Service_that_is_up_hung_and_down_gives_0_1_and_1_however_it_is_named()
    {
        using var api = await new Sample("Api").ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);

        await EachSaysAsync(api, 0, "healthy: 200 {\"status\":\"ok\"}");
        api.Process.Signal(Daemon.SigStop);
        await EachSaysAsync(api, 1, $"unhealthy: no answer from http://HOST:{api.Port}/api/health/ready within 3 s");
        api.Kill();
        await EachSaysAsync(api, 1, $"unhealthy: refused by http://HOST:{api.Port}/api/health/ready");
    }

    [Fact]
    public async Task Service_and_probe_agree_on_the_address_where_nobody_names_one()
    {
        Assert.SkipWhen(IsTaken(5081), "Somebody else has the Api's usual port.");
        using var api = await new Sample("Api") { Urls = null }.StartAsync();
        Assert.SkipWhen(api.Process.HasExited && api.Process.Output.Contains("address already in use", StringComparison.OrdinalIgnoreCase), "Somebody else has the Api's usual port.");

        using var probe = api.Run("--health-check");

        Assert.Equal(0, await probe.ExitAsync());
        Assert.Equal("healthy: 200 {\"status\":\"ok\"}", Assert.Single(probe.Lines));
    }

    [Fact]
    public async Task Service_that_is_draining_is_not_healthy_any_more()
    {
        using var api = await new Sample("Api") { Settings = { ["Health__DrainDelay"] = "00:00:20" } }.ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK); // One that has not started has nothing to drain.
        api.Process.Signal(Daemon.SigTerm);
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.ServiceUnavailable, "draining");

        using var probe = api.Run("--health-check", api.Url);

        Assert.Equal(1, await probe.ExitAsync());
        Assert.StartsWith("unhealthy: 503 {\"status\":\"draining\"", Assert.Single(probe.Lines), StringComparison.Ordinal);
    }

    private static async Task EachSaysAsync(Sample api, int exitCode, string line)
    {
        var began = Stopwatch.GetTimestamp();
        using var byPort = api.Run("--health-check", $"{api.Port}");
        using var byUrl = api.Run("--health-check", api.Url);
        using var byPath = api.Run($"--health-check={api.Url}/api/health/ready");
        using var byArgument = api.Run("--health-check", "--urls", api.Url);
        api.Settings["ASPNETCORE_URLS"] = api.Url;
        using var byEnvironment = api.Run("--health-check");
        api.Settings.Remove("ASPNETCORE_URLS");
        foreach (var (probe, host) in new[] { (byPort, "localhost"), (byUrl, "127.0.0.1"), (byPath, "127.0.0.1"), (byArgument, "127.0.0.1"), (byEnvironment, "127.0.0.1") })
        {
            Assert.Equal(exitCode, await probe.ExitAsync());
            Assert.Equal(line.Replace("HOST", host, StringComparison.Ordinal), Assert.Single(probe.Lines));
        }

        // Five at once, with their starts; alone, each takes less than 3.5 s.
        TestContext.Current.TestOutputHelper?.WriteLine($"{line}: five probes in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.00} s");
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 20);
    }

    private static bool IsTaken(int port)
    {
        try
        {
            using var client = new TcpClient("localhost", port);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }
}

using System.Diagnostics;
using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>What systemd sees of a start that waits for a dependency.</summary>
public sealed class WaitTests
{
    private const string Hasty = "resilience-hasty.service";

    [Fact]
    public async Task Wait_longer_than_TimeoutStartSec_survives_by_extension_alone_and_ends_with_the_gate()
    {
        using var postgres = await PostgresServer.StartAsync();
        await postgres.StopAsync();
        using var units = new SampleUnits();
        units.Lab.Configure("service", "[Service]\nTimeoutStartSec=10\nRestart=no");
        units.SetAll("ConnectionStrings__Postgres", postgres.ConnectionString);
        await units.AddHastyAsync(Hasty);
        await units.Lab.BootAsync();
        var began = Stopwatch.GetTimestamp();
        await units.StartAsync(SampleUnits.Api, Hasty);

        await units.Lab.UntilAsync(Hasty, "ActiveState", "failed");
        SampleUnits.Show(await units.Lab.StatusAsync(Hasty) + units.Lab.Log(Hasty));
        Assert.Equal("timeout", await units.Lab.ShowAsync(Hasty, "Result"));
        await units.SaysAsync(SampleUnits.Api, "Starting: waiting for postgres for ");
        Assert.Contains("(connection refused)", await units.Lab.ShowAsync(SampleUnits.Api, "StatusText"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await units.GetAsync($"{units.ApiUrl}/api/health/live")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await units.GetAsync($"{units.ApiUrl}/api/health/ready")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await units.GetAsync($"{units.ApiUrl}/leaderboard")).Status);

        await units.SaysAsync(SampleUnits.Api, "postgres for 22 s "); // One extension is 20 s: it has been renewed.
        SampleUnits.Show(await units.Lab.StatusAsync(SampleUnits.Api));
        Assert.Equal("activating", await units.Lab.ShowAsync(SampleUnits.Api, "ActiveState"));

        var starting = Stopwatch.GetTimestamp();
        await postgres.StartAsync();
        await units.ReadyAsync(SampleUnits.Api);
        var ready = await units.Lab.WhenAsync(SampleUnits.Api, "ActiveEnterTimestamp");
        SampleUnits.Show($"Ready {Stopwatch.GetElapsedTime(began, ready).TotalSeconds:0.0} s after the start, {Stopwatch.GetElapsedTime(starting, ready).TotalSeconds:0.00} s after PostgreSQL was started.");
        Assert.True(ready > starting, "READY came before PostgreSQL.");
        await units.SaysAsync(SampleUnits.Api, "Ready; ");
        Assert.Equal("0", await units.Lab.ShowAsync(SampleUnits.Api, "NRestarts"));
        await units.AnswersAsync($"{units.ApiUrl}/leaderboard", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Wait_in_vain_is_a_failure_with_its_reason_and_a_wait_that_is_told_to_stop_is_none()
    {
        using var units = new SampleUnits();
        units.Lab.Configure("service", "[Service]\nRestart=no");
        units.Set(SampleUnits.Web, "StartupGate__Timeout", "00:00:02");
        await units.Lab.BootAsync();
        await units.StartAsync(SampleUnits.Web, SampleUnits.Worker); // And no Api.

        await units.Lab.UntilAsync(SampleUnits.Web, "ActiveState", "failed");
        SampleUnits.Show(await units.Lab.StatusAsync(SampleUnits.Web));
        Assert.Equal("69", await units.Lab.ShowAsync(SampleUnits.Web, "ExecMainStatus"));
        Assert.Equal("Start failed, for want of api (connection refused).", await units.Lab.ShowAsync(SampleUnits.Web, "StatusText"));

        await units.SaysAsync(SampleUnits.Worker, "Starting: waiting for api for ");
        SampleUnits.Show(await units.Lab.StatusAsync(SampleUnits.Worker));
        await units.Lab.SystemctlAsync("stop", SampleUnits.Worker);
        SampleUnits.Show(await units.Lab.StatusAsync(SampleUnits.Worker));
        Assert.Equal(("inactive", "success", "143"), (
            await units.Lab.ShowAsync(SampleUnits.Worker, "ActiveState"), await units.Lab.ShowAsync(SampleUnits.Worker, "Result"), await units.Lab.ShowAsync(SampleUnits.Worker, "ExecMainStatus")));
    }
}

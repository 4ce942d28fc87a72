using System.Diagnostics;
using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>What is no reason for a restart: a dependency that is away, and a stop on purpose.</summary>
public sealed class OutageTests
{
    [Fact]
    public async Task PostgreSQL_away_for_three_watchdog_periods_restarts_nothing_and_is_told()
    {
        using var postgres = await PostgresServer.StartAsync();
        using var units = new SampleUnits();
        units.Set(SampleUnits.Api, "ConnectionStrings__Postgres", postgres.ConnectionString);
        await units.Lab.BootAsync();
        await units.StartAsync(SampleUnits.All);
        await units.ReadyAsync(SampleUnits.All);
        var processes = await Task.WhenAll(SampleUnits.All.Select(units.Lab.ProcessAsync));

        var stopped = Stopwatch.GetTimestamp();
        await postgres.StopAsync();
        await units.SaysAsync(SampleUnits.Api, "Not ready: postgres for ");
        await units.SaysAsync(SampleUnits.Worker, "Ready, but degraded: api for ");
        foreach (var unit in SampleUnits.All)
            SampleUnits.Show(await units.Lab.StatusAsync(unit));
        using (var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100)))
        {
            while (Stopwatch.GetElapsedTime(stopped) < SampleUnits.Watchdog * 3)
                await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
        }

        Assert.Contains("(connection refused)", await units.Lab.ShowAsync(SampleUnits.Api, "StatusText"), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.OK, (await units.GetAsync($"{units.ApiUrl}/api/health/live")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await units.GetAsync($"{units.ApiUrl}/api/health/ready")).Status);
        await postgres.StartAsync();
        foreach (var unit in SampleUnits.All)
            await units.SaysAsync(unit, "Ready; ");
        await units.ImportsAsync();
        foreach (var unit in SampleUnits.All)
            Assert.Equal("0", await units.Lab.ShowAsync(unit, "NRestarts"));
        Assert.Equal(processes, await Task.WhenAll(SampleUnits.All.Select(units.Lab.ProcessAsync)));
    }

    [Fact]
    public async Task Stop_on_purpose_drains_and_is_not_healed()
    {
        using var units = new SampleUnits();
        units.Set(SampleUnits.Api, "Health__DrainDelay", "00:00:02");
        await units.Lab.BootAsync();
        await units.StartAsync(SampleUnits.Api, SampleUnits.Worker);
        await units.ReadyAsync(SampleUnits.Api, SampleUnits.Worker);

        await units.Lab.SystemctlAsync("stop", "--no-block", SampleUnits.Api);
        await units.SaysAsync(SampleUnits.Api, "Stopping: ");
        SampleUnits.Show(await units.Lab.StatusAsync(SampleUnits.Api));
        Assert.Equal("deactivating", await units.Lab.ShowAsync(SampleUnits.Api, "ActiveState"));
        Assert.Equal(HttpStatusCode.OK, (await units.GetAsync($"{units.ApiUrl}/leaderboard")).Status);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await units.GetAsync($"{units.ApiUrl}/api/health/ready")).Status);

        await units.Lab.UntilAsync(SampleUnits.Api, "ActiveState", "inactive");
        var (ordered, over) = (await units.Lab.WhenAsync(SampleUnits.Api, "ActiveExitTimestamp"), await units.Lab.WhenAsync(SampleUnits.Api, "InactiveEnterTimestamp"));
        Assert.InRange(Stopwatch.GetElapsedTime(ordered, over).TotalSeconds, 1.9, 20);
        Assert.Equal(("success", "0"), (await units.Lab.ShowAsync(SampleUnits.Api, "Result"), await units.Lab.ShowAsync(SampleUnits.Api, "ExecMainStatus")));

        // Longer than RestartSec; the Worker goes on without it, and says so.
        await units.SaysAsync(SampleUnits.Worker, "Ready, but degraded: api for 3 s ");
        Assert.Equal(("inactive", "0"), (await units.Lab.ShowAsync(SampleUnits.Api, "ActiveState"), await units.Lab.ShowAsync(SampleUnits.Api, "NRestarts")));
        Assert.Equal("0", await units.Lab.ShowAsync(SampleUnits.Worker, "NRestarts"));
    }
}

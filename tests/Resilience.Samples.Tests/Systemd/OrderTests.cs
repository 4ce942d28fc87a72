using System.Diagnostics;
using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>All units, started in the worst order. Alone on the machine, because it is measured how soon they are ready.</summary>
[Collection(nameof(Measured))]
public sealed class OrderTests
{
    [Fact]
    public async Task Stack_started_backwards_is_well_soon_after_its_last_dependency()
    {
        using var postgres = await PostgresServer.StartAsync();
        await postgres.StopAsync();
        using var units = new SampleUnits();
        units.Set(SampleUnits.Api, "ConnectionStrings__Postgres", postgres.ConnectionString);
        await units.Lab.BootAsync();

        await units.StartAsync(SampleUnits.Web);
        await units.SaysAsync(SampleUnits.Web, "Starting: waiting for api for ");
        await units.StartAsync(SampleUnits.Worker);
        await units.SaysAsync(SampleUnits.Worker, "Starting: waiting for api for ");
        await units.StartAsync(SampleUnits.Api);
        await units.SaysAsync(SampleUnits.Api, "(connection refused)"); // Of PostgreSQL: it has asked once.
        foreach (var unit in SampleUnits.All)
        {
            SampleUnits.Show(await units.Lab.StatusAsync(unit));
            Assert.Equal("activating", await units.Lab.ShowAsync(unit, "ActiveState"));
        }

        await postgres.StartAsync();
        var there = Stopwatch.GetTimestamp();
        await units.ReadyAsync(SampleUnits.All);
        foreach (var unit in SampleUnits.All)
        {
            var ready = await units.Lab.WhenAsync(unit, "ActiveEnterTimestamp");
            SampleUnits.Show($"{unit}: ready {Stopwatch.GetElapsedTime(there, ready).TotalMilliseconds:0} ms after PostgreSQL's word that it is.");
            Assert.True(Stopwatch.GetElapsedTime(there, ready) < TimeSpan.FromSeconds(2), $"{unit} took {Stopwatch.GetElapsedTime(there, ready).TotalSeconds:0.0} s.");
        }

        foreach (var unit in SampleUnits.All)
        {
            await units.SaysAsync(unit, "Ready; ");
            SampleUnits.Show(await units.Lab.StatusAsync(unit));
            Assert.Equal("0", await units.Lab.ShowAsync(unit, "NRestarts"));
        }

        await units.AnswersAsync($"{units.WebUrl}/leaderboard", HttpStatusCode.OK);
        await units.ImportsAsync();
    }
}

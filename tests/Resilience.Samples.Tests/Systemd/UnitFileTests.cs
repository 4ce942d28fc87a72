using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>The unit files as they are, without the tests' drop-ins.</summary>
public sealed class UnitFileTests
{
    [Fact]
    public async Task Unit_files_are_clean_and_hold_what_they_promise()
    {
        using var units = new SampleUnits();
        await units.Lab.BootAsync();
        foreach (var unit in SampleUnits.All)
        {
            var (code, output) = await units.Lab.RunAsync("systemd-analyze", "verify", $"/run/lab/units/{unit}");
            Assert.Equal((0, ""), (code, output));
            var lines = await File.ReadAllLinesAsync(Path.Combine(SampleUnits.Folder, unit), TestContext.Current.CancellationToken);
            Assert.DoesNotContain(lines, line => line.StartsWith("Requires=", StringComparison.Ordinal) || line.StartsWith("After=", StringComparison.Ordinal) && line != "After=network.target");
        }

        await units.StartAsync(SampleUnits.All);
        await units.ReadyAsync(SampleUnits.All);
        foreach (var unit in SampleUnits.All)
        {
            var status = await File.ReadAllLinesAsync($"/proc/{await units.Lab.ProcessAsync(unit)}/status", TestContext.Current.CancellationToken);
            Assert.DoesNotContain("Uid:\t0\t0\t0\t0", status);
            Assert.Contains("NoNewPrivs:\t1", status);
            Assert.Contains("CapEff:\t0000000000000000", status);
            Assert.Contains("Seccomp:\t2", status);
        }

        // The worker's health check, by the file that it is just beginning to keep.
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        var probe = (Code: -1, Output: "");
        for (var attempts = 0; attempts < 100 && probe.Code != 0; attempts++)
        {
            await timer.WaitForNextTickAsync(TestContext.Current.CancellationToken);
            probe = await units.Lab.RunAsync("env", "DOTNET_ROOT=/opt/dotnet", "/opt/resilience/worker/Worker", "--health-check", "/run/resilience-worker/health");
        }

        Assert.StartsWith("healthy: ", probe.Output, StringComparison.Ordinal);
    }
}

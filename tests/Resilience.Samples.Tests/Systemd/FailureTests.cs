using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>The samples crash, hang and freeze under systemd, and are back. Alone on the machine, because it is measured how soon.</summary>
[Collection(nameof(Measured))]
public sealed class FailureTests
{
    private const int SigKill = 9, SigUsr1 = 10, SigUsr2 = 12; // Linux' numbers.

    // For other work on a busy machine. A failure that systemd does not see is never over.
    private static readonly TimeSpan Noise = TimeSpan.FromSeconds(5);

    [Fact]
    public async Task Every_failure_is_over_within_watchdog_period_restart_delay_and_start()
    {
        using var units = new SampleUnits();
        units.SetAll("DOTNET_ENVIRONMENT", "Demo");
        await units.Lab.BootAsync();
        await units.StartAsync(SampleUnits.Api, SampleUnits.Worker);
        await units.ReadyAsync(SampleUnits.Api, SampleUnits.Worker);

        var table = new List<string> { "| failure | as systemd says it | noticed after | restarted after | ready after | in all | at most |", "| --- | --- | ---: | ---: | ---: | ---: | ---: |" };
        await MeasureAsync("Api, SIGKILL", SampleUnits.Api, "code=killed, status=9/KILL", process => Signal(process, SigKill));
        await MeasureAsync("Api, SIGSTOP", SampleUnits.Api, "Watchdog timeout", process => Signal(process, Daemon.SigStop));
        await MeasureAsync("Api, starved thread pool", SampleUnits.Api, "Watchdog ", _ => units.StrikeApiAsync("starve"));
        await MeasureAsync("Worker, deadlocked loop", SampleUnits.Worker, "Watchdog request (last status: Not live, to be restarted: importer", process => Signal(process, SigUsr1));
        await MeasureAsync("Worker, starved thread pool", SampleUnits.Worker, "Watchdog ", process => Signal(process, SigUsr2));
        TestContext.Current.TestOutputHelper?.WriteLine(string.Join('\n', table));

        async Task MeasureAsync(string failure, string unit, string how, Func<int, Task> strike)
        {
            var restarts = int.Parse(await units.Lab.ShowAsync(unit, "NRestarts"), CultureInfo.InvariantCulture);
            var process = await units.Lab.ProcessAsync(unit);
            await units.SaysAsync(unit, "Ready");
            var said = units.Lab.SystemdLog.Length;

            var struck = Stopwatch.GetTimestamp();
            await strike(process);
            await units.Lab.UntilAsync(unit, "NRestarts", $"{restarts + 1}");
            await units.ReadyAsync(unit);
            await ServesAsync(units, unit);

            var (noticed, restarted, back) = (
                await units.Lab.WhenAsync(unit, "ActiveExitTimestamp"), await units.Lab.WhenAsync(unit, "InactiveExitTimestamp"), await units.Lab.WhenAsync(unit, "ActiveEnterTimestamp"));
            var most = SampleUnits.Watchdog + SampleUnits.RestartDelay + Stopwatch.GetElapsedTime(restarted, back);
            var line = units.Lab.SystemdLog[said..].Split('\n').First(line => line.Contains($"{unit}: ", StringComparison.Ordinal));
            var seen = line[(line.IndexOf(unit, StringComparison.Ordinal) + unit.Length + 2)..];
            table.Add($"| {failure} | {seen} | {Between(struck, noticed)} | {Between(noticed, restarted)} | {Between(restarted, back)} | {Between(struck, back)} | {most.TotalSeconds:0.0} s |");
            Assert.Contains(how, units.Lab.SystemdLog[said..], StringComparison.Ordinal);
            Assert.True(Stopwatch.GetElapsedTime(struck, back) < most + Noise, string.Join('\n', table));
        }

        static string Between(long begin, long end) => $"{Stopwatch.GetElapsedTime(begin, end).TotalSeconds:0.0} s";
    }

    private static Task Signal(int process, int signal)
    {
        Daemon.Signal(process, signal);
        return Task.CompletedTask;
    }

    private static async Task ServesAsync(SampleUnits units, string unit)
    {
        if (unit == SampleUnits.Api)
            await units.AnswersAsync($"{units.ApiUrl}/leaderboard", HttpStatusCode.OK);
        else
            await units.ImportsAsync();
    }
}

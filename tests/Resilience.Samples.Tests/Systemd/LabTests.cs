using System.Diagnostics;
using Xunit;

namespace Resilience.Samples.Tests.Systemd;

/// <summary>That the laboratory is what the other tests here take it for, tried with shell scripts.</summary>
public sealed class LabTests : IDisposable
{
    private readonly SystemdLab _lab = new();

    public LabTests() => Assert.SkipWhen(SystemdLab.Obstacle is not null, SystemdLab.Obstacle ?? "");

    public void Dispose() => _lab.Dispose();

    [Fact]
    public async Task Ordinary_unit_runs_with_its_state_folder_at_the_path_it_names()
    {
        using var files = new TemporaryFolder();
        await Daemon.RunAsync("chmod", "755", files.Path);
        await File.WriteAllTextAsync(Path.Combine(files.Path, "words"), "from outside", TestContext.Current.CancellationToken);
        _lab.Mount(files.Path, "/opt/resilience/words");
        _lab.AddUnit("plain.service", """
            [Unit]
            Wants=network-online.target
            After=network-online.target
            [Service]
            DynamicUser=yes
            StateDirectory=plain
            ExecStart=/bin/sh -c 'cp /opt/resilience/words/words $STATE_DIRECTORY/; cat /var/lib/plain/words; echo , as $USER; sleep 600'
            [Install]
            WantedBy=multi-user.target
            """);
        await _lab.BootAsync();
        await _lab.SystemctlAsync("start", "plain.service");

        await Eventually.IsTrueAsync(() => _lab.Log("plain.service") == "from outside, as plain\n", "the service's output");
        Assert.False(Directory.Exists("/var/lib/plain") || Directory.Exists("/opt/resilience/words"), "The lab writes to this machine.");
        Assert.Contains("Active: active (running)", await _lab.StatusAsync("plain.service"), StringComparison.Ordinal);
        await _lab.SystemctlAsync("stop", "plain.service");
        Assert.Equal("inactive", await _lab.ShowAsync("plain.service", "ActiveState"));
        Assert.NotEqual(0, await _lab.WhenAsync("plain.service", "InactiveEnterTimestamp")); // It is remembered.
    }

    [Fact]
    public async Task Silent_service_is_killed_by_its_watchdog_and_restarted_and_the_clocks_are_one()
    {
        _lab.AddUnit("mute.service", """
            [Service]
            Type=notify
            NotifyAccess=all
            WatchdogSec=1
            Restart=always
            RestartSec=200ms
            ExecStart=/bin/sh -c 'systemd-notify --ready --status="I will not say more"; exec sleep 600'
            """);
        await _lab.BootAsync();
        var began = Stopwatch.GetTimestamp();
        await _lab.SystemctlAsync("start", "mute.service");
        Assert.Equal("I will not say more", await _lab.ShowAsync("mute.service", "StatusText"));

        var started = await _lab.WhenAsync("mute.service", "ActiveEnterTimestamp");
        Assert.InRange(started, began, Stopwatch.GetTimestamp());
        await _lab.UntilAsync("mute.service", "NRestarts", "1");
        await _lab.UntilAsync("mute.service", "ActiveState", "active");
        Assert.Contains("mute.service: Watchdog timeout (limit 1s)!", _lab.SystemdLog, StringComparison.Ordinal);
        Assert.InRange(Stopwatch.GetElapsedTime(started, await _lab.WhenAsync("mute.service", "ActiveEnterTimestamp")).TotalSeconds, 1.1, 10);
    }

    [Fact]
    public async Task Labs_side_by_side_know_nothing_of_each_other()
    {
        using var other = new SystemdLab();
        foreach (var (lab, word) in new[] { (_lab, "one"), (other, "other") })
            lab.AddUnit("same.service", $"[Service]\nExecStart=/bin/sh -c 'echo {word}; sleep 600'\n");
        await Task.WhenAll(_lab.BootAsync(), other.BootAsync());
        await Task.WhenAll(_lab.SystemctlAsync("start", "same.service"), other.SystemctlAsync("start", "same.service"));
        await Eventually.IsTrueAsync(() => _lab.Log("same.service") == "one\n" && other.Log("same.service") == "other\n", "both run");

        var process = await other.ProcessAsync("same.service");
        Assert.NotEqual(process, await _lab.ProcessAsync("same.service"));
        await _lab.SystemctlAsync("stop", "same.service");
        Assert.True(Directory.Exists($"/proc/{process}"), "The other's service was stopped along.");

        other.Dispose();
        Assert.False(Directory.Exists($"/proc/{process}"), "A service outlives its lab.");
    }

    [Fact]
    public async Task Services_die_with_the_process_that_boots_the_lab()
    {
        _lab.AddUnit("child.service", "[Service]\nExecStart=/bin/sleep 600\n");
        await _lab.BootAsync();
        await _lab.SystemctlAsync("start", "child.service");
        var process = await _lab.ProcessAsync("child.service");
        Assert.True(Directory.Exists($"/proc/{process}"), "It does not run.");

        Daemon.Signal(_lab.Id, 9); // As the kernel does once the tests are gone.
        await Eventually.IsTrueAsync(() => !Directory.Exists($"/proc/{process}"), "the service is gone");
    }
}

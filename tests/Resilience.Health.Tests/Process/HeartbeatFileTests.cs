using Resilience.Health.Tests.Probe;
using Xunit;

namespace Resilience.Health.Tests.Process;

public sealed class HeartbeatFileTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory("heartbeat-").FullName;

    private string Beat => Path.Combine(_folder, "health");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public void What_is_written_is_what_the_probe_says()
    {
        Assert.Null(HeartbeatFile.Write(Beat, ready: true, "degraded", TimeSpan.FromSeconds(20)));
        Assert.Equal($"healthy: degraded, 0 s ago in {Beat}", Probed.Ask(Beat).Line);
        Assert.Equal("ready 20 degraded\n", File.ReadAllText(Beat));

        Assert.Null(HeartbeatFile.Write(Beat, ready: false, "starting", TimeSpan.FromSeconds(1.2)));
        Assert.Equal($"unhealthy: starting, 0 s ago in {Beat}", Probed.Ask(Beat).Line);
        Assert.Equal("not-ready 2 starting\n", File.ReadAllText(Beat));
        Assert.Equal([Beat], Directory.GetFileSystemEntries(_folder));
    }

    [Theory]
    [InlineData(0, true, "ok, 0 s ago")]
    [InlineData(29, true, "ok, 29 s ago")]
    [InlineData(120, false, "is 120 s old, and was good for 30 s")]
    [InlineData(-1, true, "ok, 0 s ago")]
    [InlineData(-3600, false, "3600 s from the future: was the clock set back?")]
    public void Age_decides(int seconds, bool healthy, string says)
    {
        // Read with a clock of its own, so that a slow machine cannot make it older.
        HeartbeatFile.Write(Beat, ready: true, "ok", TimeSpan.FromSeconds(30));
        var written = new DateTimeOffset(2026, 3, 29, 1, 0, 0, TimeSpan.Zero);
        File.SetLastWriteTimeUtc(Beat, written.UtcDateTime);

        var verdict = HeartbeatFile.Read(Beat, written.AddSeconds(seconds));

        Assert.Equal(healthy, verdict.IsHealthy);
        Assert.Contains(says, verdict.Line, StringComparison.Ordinal);
    }

    [Fact]
    public void Old_file_is_unhealthy_for_the_probe_by_the_real_clock()
    {
        HeartbeatFile.Write(Beat, ready: true, "ok", TimeSpan.FromSeconds(30));
        File.SetLastWriteTimeUtc(Beat, DateTime.UtcNow.AddHours(-1));

        Assert.Contains("old, and was good for 30 s", Probed.Ask(Beat).Line, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData("ready")]
    [InlineData("ready 30 ok")] // Without its end: not all of it.
    [InlineData("ready x ok\n")]
    [InlineData("ready 0 ok\n")]
    [InlineData("ready -1 ok\n")]
    [InlineData("READY 30 ok\n")]
    [InlineData("\0\0\0\0\0\0\0\0\0\0\0")]
    public void Garbage_is_no_heartbeat(string text)
    {
        File.WriteAllText(Beat, text);

        Assert.Equal($"unhealthy: {Beat} is not a heartbeat file", Probed.Ask(Beat).Line);
    }

    [Fact]
    public void Huge_files_are_no_heartbeat()
    {
        File.WriteAllText(Beat, "ready 30 " + new string('x', 1 << 20) + "\n");

        Assert.Equal($"unhealthy: {Beat} is not a heartbeat file", Probed.Ask(Beat).Line);
    }

    [Fact]
    public void Missing_file_and_folder_are_said()
    {
        Assert.StartsWith($"unhealthy: no heartbeat file {Beat}:", Probed.Ask(Beat).Line, StringComparison.Ordinal);
        Assert.StartsWith("unhealthy: no heartbeat file /nowhere/at/all:", Probed.Ask("/nowhere/at/all").Line, StringComparison.Ordinal);
        Assert.Equal($"unhealthy: {_folder} is a folder, not a heartbeat file", Probed.Ask(_folder).Line);
    }

    [Fact]
    public async Task Pipe_that_nobody_writes_to_ends_by_the_deadline()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Made with mkfifo.");
        await Daemon.RunAsync("/usr/bin/mkfifo", Beat);

        Assert.Equal($"unhealthy: no answer from {Beat} within 0.4 s", Probed.AskBriefly(Beat).Line);
        await using var end = new FileStream(Beat, FileMode.Open, FileAccess.ReadWrite); // Lets the reader go.
    }

    [Fact]
    public void Removed_file_is_gone_and_removing_nothing_is_no_fault()
    {
        HeartbeatFile.Write(Beat, ready: true, "ok", TimeSpan.FromSeconds(30));

        Assert.Null(HeartbeatFile.Remove(Beat));
        Assert.False(File.Exists(Beat));
        Assert.Null(HeartbeatFile.Remove(Beat));
        Assert.Null(HeartbeatFile.Remove("/nowhere/at/all"));
    }

    [Fact]
    public void What_cannot_be_written_or_removed_is_said_and_does_not_throw()
    {
        Assert.Contains("/nowhere/at/all cannot be written", HeartbeatFile.Write("/nowhere/at/all", true, "ok", TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.Contains("cannot be written", HeartbeatFile.Write(_folder, true, "ok", TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.Contains("cannot be written", HeartbeatFile.Write("", true, "ok", TimeSpan.FromSeconds(30)), StringComparison.Ordinal);
        Assert.Contains("cannot be written", HeartbeatFile.Write("a\0b", true, "ok", TimeSpan.MaxValue), StringComparison.Ordinal);
        Assert.Contains("cannot be deleted", HeartbeatFile.Remove(_folder), StringComparison.Ordinal);
        Assert.Contains("cannot be deleted", HeartbeatFile.Remove(""), StringComparison.Ordinal);
    }

    [Fact]
    public void Links_that_others_put_in_the_way_are_not_followed()
    {
        var victim = Path.Combine(_folder, "victim");
        File.WriteAllText(victim, "precious");
        File.CreateSymbolicLink(Beat + ".new", victim);
        File.CreateSymbolicLink(Beat, victim);

        Assert.Null(HeartbeatFile.Write(Beat, ready: true, "ok", TimeSpan.FromSeconds(30)));

        Assert.Equal("precious", File.ReadAllText(victim));
        Assert.Null(File.ResolveLinkTarget(Beat, returnFinalTarget: false));
        Assert.True(Probed.Ask(Beat).IsHealthy);
    }

    [Fact]
    public async Task Readers_never_see_half_a_line()
    {
        HeartbeatFile.Write(Beat, ready: true, "ok", TimeSpan.FromSeconds(1000));
        using var stopping = new CancellationTokenSource();
        var writer = Task.Run(
            () =>
            {
                for (var i = 0; !stopping.IsCancellationRequested; i++)
                    Assert.Null(HeartbeatFile.Write(Beat, ready: true, new string('x', i % 40), TimeSpan.FromSeconds(1000)));
            },
            TestContext.Current.CancellationToken);

        for (var i = 0; i < 2000; i++)
            Assert.StartsWith("healthy: ", HeartbeatFile.Read(Beat, DateTimeOffset.UtcNow).Line, StringComparison.Ordinal);

        await stopping.CancelAsync();
        await writer.Within();
    }

    [Fact]
    public void Words_stay_on_their_line()
    {
        Assert.Null(HeartbeatFile.Write(Beat, ready: false, "bad\nready 30 ok", TimeSpan.FromSeconds(30)));

        Assert.Equal($"unhealthy: badready 30 ok, 0 s ago in {Beat}", Probed.Ask(Beat).Line);
    }
}

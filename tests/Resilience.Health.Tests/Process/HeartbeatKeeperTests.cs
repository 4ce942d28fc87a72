using Xunit;

namespace Resilience.Health.Tests.Process;

[Collection(VirtualTime.Name)]
public sealed class HeartbeatKeeperTests : IDisposable
{
    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    private string File => Path.Combine(_folder, "heartbeat");

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [Fact]
    public async Task File_says_how_the_service_is_within_a_second_and_is_gone_at_the_end()
    {
        using var bench = new EvaluatorBench(("Health:HeartbeatFile", File));
        var db = bench.Add("db");
        db.IgnoresItsTokenFor(TimeSpan.FromSeconds(2));
        await bench.StartAsync();
        Assert.Equal("not-ready 20 starting\n", Text());
        bench.Time.AdvanceSeconds(3.1);
        Assert.Equal("ready 20 ok\n", Text());
        db.Fails();
        bench.Time.AdvanceSeconds(60);
        Assert.Equal("not-ready 20 error\n", Text());
        bench.Evaluator.BeginDrain();
        bench.Time.AdvanceSeconds(1);
        Assert.Equal("not-ready 20 draining\n", Text());
        await bench.StopAsync();
        Assert.Empty(Directory.GetFileSystemEntries(_folder));
    }

    [Fact]
    public async Task File_is_written_every_five_seconds_and_not_more_often()
    {
        using var bench = new EvaluatorBench(("Health:HeartbeatFile", File));
        await bench.StartAsync();
        var written = 0;
        for (var i = 0; i < 60; i++)
        {
            System.IO.File.Delete(File);
            bench.Time.AdvanceSeconds(1);
            written += System.IO.File.Exists(File) ? 1 : 0;
        }

        Assert.Equal(12, written);
    }

    [Fact]
    public async Task File_is_not_green_for_ever_where_checks_run_on_demand_and_nobody_asks()
    {
        using var bench = new EvaluatorBench(("Health:HeartbeatFile", File), ("Health:Mode", "OnDemand"));
        var db = bench.Add("db");
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(1);
        Assert.Equal("ready 20 ok\n", Text());
        db.Fails();
        bench.Time.AdvanceSeconds(180);
        Assert.Equal("not-ready 20 error\n", Text());
    }

    [Fact]
    public async Task File_of_what_has_stalled_says_so()
    {
        using var bench = new EvaluatorBench(("Health:HeartbeatFile", File));
        bench.Add("loop", Microsoft.Extensions.Diagnostics.HealthChecks.HealthStatus.Unhealthy, CheckTags.Live).Fails();
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(1);
        Assert.Equal("not-ready 20 failed\n", Text());
    }

    [Fact]
    public async Task File_that_cannot_be_written_is_logged_once_and_tried_again()
    {
        var file = Path.Combine(_folder, "below", "heartbeat");
        Directory.CreateDirectory(Path.Combine(_folder, "below"));
        using var bench = new EvaluatorBench(("Health:HeartbeatFile", file));
        await bench.StartAsync();
        Directory.Delete(Path.Combine(_folder, "below"), recursive: true);
        bench.Time.AdvanceSeconds(60);
        Assert.Single(bench.Log.Lines, line => line.StartsWith("Warning: The heartbeat file", StringComparison.Ordinal));
        Directory.CreateDirectory(Path.Combine(_folder, "below"));
        bench.Time.AdvanceSeconds(5);
        Assert.True(System.IO.File.Exists(file));
    }

    private string Text() => System.IO.File.ReadAllText(File);
}

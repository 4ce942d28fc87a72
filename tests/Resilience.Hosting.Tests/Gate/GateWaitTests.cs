using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>What the gate waits for, how long, and when it gives up.</summary>
[Collection(VirtualTime.Name)]
public sealed class GateWaitTests
{
    [Fact]
    public async Task Gate_opens_when_the_last_of_all_checks_is_there()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(7);
        bench.Add("cache").IsWellFrom(3);
        bench.Add("search").IsWell();
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(6.99);
        Assert.False(starting.IsCompleted);
        Assert.False(bench.Gate.IsOpen);

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 7, 7.14);
        await bench.Opened.Within();
    }

    [Fact]
    public async Task Gate_where_all_is_well_opens_at_once()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWell();

        await bench.Start().Within();

        Assert.True(bench.Gate.IsOpen);
        Assert.Equal(TimeSpan.Zero, bench.Time.Elapsed);
    }

    [Theory]
    [InlineData(0.05)]
    [InlineData(0.3)]
    [InlineData(0.999)]
    [InlineData(1.5)]
    [InlineData(2)]
    [InlineData(7.3)]
    [InlineData(20.2)]
    [InlineData(26)]
    [InlineData(59)]
    [InlineData(300)]
    [InlineData(600)]
    public void Gate_opens_at_most_2_percent_of_the_wait_late_20_to_500_milliseconds(double seconds)
    {
        using var bench = new GateBench(("StartupGate:Timeout", "01:00:00"), ("StartupGate:ReportPeriod", "00:10:00"));
        var check = bench.Add("db");
        check.IsWellFrom(seconds);
        _ = bench.Start();

        var opened = bench.UntilOpen(4000);

        var late = opened.TotalSeconds - seconds;
        Assert.InRange(late, 0, Math.Clamp(seconds * 0.0201, 0.020, 0.500));
        if (seconds <= 2)
            Assert.True(late <= 0.050, $"{late}");
        // 50 a second at first, then as the logarithm of the wait, then two a second; a tenth more on average by the spread.
        Assert.InRange(check.Times.Count, 1, 5 + 1.3 * (50 * Math.Min(seconds, 1) + 50 * Math.Log(Math.Clamp(seconds, 1, 25)) + 2 * Math.Max(seconds - 25, 0)));
    }

    [Fact]
    public void Checks_are_asked_all_at_once_and_at_no_set_pace()
    {
        using var bench = new GateBench(("Health:MaxConcurrent", "1"));
        var checks = Enumerable.Range(0, 20).Select(i => bench.Add($"check-{i}")).ToList();
        _ = bench.Start();
        Assert.All(checks, check => Assert.Equal(TimeSpan.Zero, Assert.Single(check.Times)));

        bench.Time.AdvanceSeconds(1);

        Assert.InRange(checks.Select(check => check.Times[5]).Distinct().Count(), 3, 20);
        Assert.All(checks, check => Assert.All(check.Times.Zip(check.Times.Skip(1)), pair => Assert.InRange((pair.Second - pair.First).TotalMilliseconds, 15.9, 20.1)));
    }

    [Fact]
    public async Task Checks_that_hang_do_not_hold_up_the_others()
    {
        using var bench = new GateBench(("Health:MaxConcurrent", "1"), ("StartupGate:OptionalTimeout", "00:00:01"));
        for (var i = 0; i < 20; i++)
            bench.Add($"hangs-{i}", HealthStatus.Degraded).HangsUntil(1000);
        var db = bench.Add("db");
        db.IsWellFrom(0.5);
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
        Assert.Equal(TimeSpan.FromSeconds(1), bench.Time.Elapsed);
        Assert.Contains(bench.Said, line => line.StartsWith("db is there after 0.5 s", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Required_check_that_does_not_come_fails_the_start_at_the_timeout()
    {
        using var bench = new GateBench();
        bench.Add("db");
        bench.Add("cache").IsWellFrom(3);

        var (took, failure) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(60), took);
        Assert.Equal(["db"], failure.Missing);
        Assert.Equal("Startup gate: the start has failed after 60.0 s (StartupGate:Timeout). Not there: db (connection refused)", failure.Message);
        Assert.Equal($"StartupGateException: {failure.Message}", failure.ToString());
        Assert.False(bench.Gate.IsOpen);
        await Assert.ThrowsAsync<StartupGateException>(() => bench.Opened);
    }

    [Fact]
    public async Task Check_with_a_timeout_of_its_own_fails_the_start_at_that()
    {
        using var bench = new GateBench(("StartupGate:Checks:DB:Timeout", "00:00:07"));
        bench.Add("db");
        bench.Add("cache");

        var (took, failure) = await bench.UntilFailed(bench.Start());

        Assert.Equal(TimeSpan.FromSeconds(7), took);
        Assert.Contains("(StartupGate:Checks:db:Timeout). Not there: db (connection refused), cache (connection refused)", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Optional_check_is_waited_for_10_seconds_and_the_service_starts_degraded()
    {
        using var bench = new GateBench();
        bench.Add("search", HealthStatus.Degraded).Fails(status: HealthStatus.Degraded);
        var starting = bench.Start();

        Assert.Equal(TimeSpan.FromSeconds(10), bench.UntilOpen());

        await starting.Within();
        Assert.Equal((HealthPhase.Running, HealthStatus.Degraded, true), (bench.Current.Phase, bench.Current.Status, bench.Current.IsReady));
        Assert.Contains("search is optional and not there after 10.0 s, connection refused. The start goes on without it", bench.Said);
    }

    [Theory]
    [InlineData("00:00:00", 0)]
    [InlineData("00:00:03", 3)]
    [InlineData("00:00:30", 30)]
    [InlineData("00:01:30", 60)]
    public void Optional_check_has_a_timeout_of_its_own_and_never_more_than_the_gate(string timeout, double seconds)
    {
        using var bench = new GateBench(("StartupGate:Checks:search:Timeout", timeout));
        bench.Add("search", HealthStatus.Degraded).HangsUntil(1000);
        _ = bench.Start();

        Assert.Equal(seconds, bench.UntilOpen().TotalSeconds);
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy, null, null, true)]
    [InlineData(HealthStatus.Degraded, null, null, false)]
    [InlineData(HealthStatus.Unhealthy, "false", null, false)]
    [InlineData(HealthStatus.Unhealthy, null, "false", false)]
    [InlineData(HealthStatus.Degraded, null, "true", true)]
    [InlineData(HealthStatus.Unhealthy, "false", "true", true)]
    public async Task What_is_required_is_what_is_critical_unless_said_otherwise(HealthStatus failureStatus, string? critical, string? required, bool fails)
    {
        using var bench = new GateBench(("Health:Checks:db:Critical", critical), ("StartupGate:Checks:db:Required", required));
        bench.Add("db", failureStatus).Fails(status: failureStatus);
        var starting = bench.Start();

        bench.Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(61));

        Assert.Equal(fails, await Record.ExceptionAsync(() => starting) is StartupGateException);
        Assert.Equal(fails ? 60 : 10, bench.Time.Elapsed.TotalSeconds);
        Assert.Contains(bench.Said, line => line.EndsWith(fails ? "60 s at most: db" : "60 s at most: db (optional)", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy, null, 0)] // What is critical serves while degraded.
    [InlineData(HealthStatus.Degraded, null, 10)] // That is how it fails.
    [InlineData(HealthStatus.Degraded, "true", 60)]
    public void Degraded_counts_as_there_if_it_is_critical(HealthStatus failureStatus, string? required, double seconds)
    {
        using var bench = new GateBench(("StartupGate:Checks:db:Required", required));
        var check = bench.Add("db", failureStatus);
        check.Is(HealthCheckResult.Degraded("slow"));
        var starting = bench.Start();

        bench.Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(61));

        Assert.Equal(seconds, bench.Time.Elapsed.TotalSeconds);
    }

    [Fact]
    public void Degraded_check_that_is_there_is_left_alone()
    {
        using var bench = new GateBench();
        var check = bench.Add("db");
        check.Is(HealthCheckResult.Degraded("slow"));
        bench.Add("cache");
        _ = bench.Start();

        bench.Time.AdvanceSeconds(10);

        Assert.InRange(check.Times.Count, 10, 12);
    }

    [Theory]
    [InlineData(CheckErrors.Authentication, "user or password rejected")]
    [InlineData(CheckErrors.Certificate, "its certificate is not trusted")]
    [InlineData(CheckErrors.Forbidden, "not permitted")]
    [InlineData(CheckErrors.Address, "its address cannot be one")]
    [InlineData("http_401", "HTTP 401")]
    [InlineData("http_403", "HTTP 403")]
    public async Task Failure_that_waiting_cannot_mend_stops_at_once_with_its_reason(string code, string words)
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(5, code);
        bench.Add("cache");
        var starting = bench.Start();

        var (took, failure) = await bench.UntilFailed(starting);

        Assert.Equal(TimeSpan.Zero, took);
        Assert.Equal($"Startup gate: db is not there, {words}. Waiting would not help, so the start has failed after 0.0 s", failure.Message);
    }

    [Theory]
    [InlineData(CheckErrors.Dns)]
    [InlineData(CheckErrors.NoDatabase)]
    [InlineData(CheckErrors.Tls)]
    [InlineData(CheckErrors.Starting)]
    [InlineData(CheckErrors.Timeout)]
    [InlineData(CheckErrors.Unreachable)]
    [InlineData(CheckErrors.NotCreated)]
    [InlineData(CheckErrors.Exception)]
    [InlineData("http_404")]
    [InlineData("http_503")]
    [InlineData("of_its_own")]
    public async Task Any_other_failure_may_end_and_is_waited_for(string code)
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(5, code);
        var starting = bench.Start();

        bench.UntilOpen();

        await starting.Within();
    }

    [Fact]
    public void Optional_check_that_waiting_cannot_mend_is_given_up_at_once()
    {
        using var bench = new GateBench();
        bench.Add("search", HealthStatus.Degraded).Fails(CheckErrors.Authentication, status: HealthStatus.Degraded);
        _ = bench.Start();

        Assert.Equal(TimeSpan.Zero, bench.UntilOpen());
    }

    [Fact]
    public async Task Gate_stays_shut_when_a_check_is_gone_again_as_the_last_one_comes()
    {
        using var bench = new GateBench();
        var db = bench.Add("db");
        bench.Add("cache").IsWellFrom(8);
        db.IsWell();
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(4);
        db.IsWellFrom(12);
        bench.Time.AdvanceSeconds(7.9);
        Assert.False(starting.IsCompleted);
        Assert.Contains(bench.Said, line => line.StartsWith("db is gone again, connection refused", StringComparison.Ordinal));
        Assert.Contains(bench.Said, line => line.StartsWith("cache is there after 8.", StringComparison.Ordinal));

        bench.UntilOpen();

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 12, 12.24);
    }

    [Fact]
    public async Task Required_check_that_is_gone_after_its_own_timeout_is_waited_for_anew()
    {
        using var bench = new GateBench(("StartupGate:Checks:db:Timeout", "00:00:05"));
        var db = bench.Add("db");
        bench.Add("cache").IsWellFrom(20);
        db.IsWell();
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(10);
        db.IsWellFrom(13);
        bench.UntilOpen();
        await starting.Within();

        using var second = new GateBench(("StartupGate:Checks:db:Timeout", "00:00:05"));
        db = second.Add("db");
        second.Add("cache");
        db.IsWell();
        starting = second.Start();
        second.Time.AdvanceSeconds(9.5);
        db.Fails();
        var (took, _) = await second.UntilFailed(starting);
        Assert.InRange(took.TotalSeconds, 5, 6.5); // A second at most until it shows.
    }

    [Fact]
    public void Optional_check_that_is_gone_after_its_time_keeps_nobody_waiting()
    {
        using var bench = new GateBench();
        var search = bench.Add("search", HealthStatus.Degraded);
        search.IsWell();
        bench.Add("db").IsWellFrom(20);
        _ = bench.Start();
        bench.Time.AdvanceSeconds(15);
        search.Fails(status: HealthStatus.Degraded);

        bench.UntilOpen();

        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 20, 20.5);
        Assert.Equal("search is gone again, connection refused", Assert.Single(bench.Said, line => line.StartsWith("search", StringComparison.Ordinal) && !line.Contains("is there", StringComparison.Ordinal)));
    }

    [Fact]
    public void Optional_check_that_comes_after_it_was_given_up_is_there()
    {
        using var bench = new GateBench();
        bench.Add("search", HealthStatus.Degraded).IsWellFrom(15);
        bench.Add("db").IsWellFrom(20);
        _ = bench.Start();

        bench.UntilOpen();

        Assert.Contains(bench.Said, line => line.StartsWith("open after 20.", StringComparison.Ordinal) && line.EndsWith(", 2 of 2 there", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData(CheckErrors.Refused, 1200, 12 + 19)]
    [InlineData(CheckErrors.Authentication, 70, 12)]
    public async Task Gate_that_keeps_waiting_never_gives_up(string code, double seconds, int reports)
    {
        using var bench = new GateBench(("StartupGate:KeepWaiting", "true"), ("StartupGate:Checks:db:Timeout", "00:00:05"));
        bench.Add("db").IsWellFrom(seconds, code);
        var starting = bench.Start();

        bench.UntilOpen(seconds + 1);

        await starting.Within();
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, seconds, seconds + 0.5);
        // Every 5 s up to the timeout, then every minute.
        Assert.Equal(reports, bench.Said.Count(line => line.Contains("waiting for db", StringComparison.Ordinal)));
        Assert.Contains(bench.Said, line => line == "waiting for 1 check, as long as it takes: db");
        Assert.DoesNotContain(bench.Said, line => line.EndsWith(" left", StringComparison.Ordinal));
    }
}

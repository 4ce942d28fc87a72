using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests;

public sealed class NotifyPlanTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(10);

    [Fact]
    public void Ready_is_said_once_when_host_and_service_have_started()
    {
        var bench = new PlanBench { IsHostStarted = false, Snapshot = PlanBench.Of(HealthPhase.Starting) };
        Assert.DoesNotContain("READY=1", bench.Look());
        bench.IsHostStarted = true;
        Assert.DoesNotContain("READY=1", bench.Look());
        bench.Snapshot = PlanBench.Of(HealthPhase.Running);
        bench.IsHostStarted = false;
        Assert.DoesNotContain("READY=1", bench.Look());
        bench.IsHostStarted = true;
        Assert.Equal(["READY=1", "STATUS=Ready."], bench.Look());
        Assert.Empty(bench.Run(60));
    }

    [Fact]
    public void What_was_not_taken_is_sent_again()
    {
        var bench = new PlanBench(Period);
        Assert.Contains("READY=1", bench.Look(taken: false));
        Assert.False(bench.Plan.WantsProof(TimeSpan.Zero), "systemd does not count yet");
        Assert.Contains("READY=1", bench.Look(taken: false));
        Assert.Contains("READY=1", bench.Look());
        Assert.DoesNotContain("READY=1", bench.Look());
    }

    [Fact]
    public void Stop_before_ready_says_stopping_and_never_ready()
    {
        var bench = new PlanBench { Snapshot = PlanBench.Of(HealthPhase.Starting), IsStopping = true };
        Assert.Contains("STOPPING=1", bench.Look());
        bench.Snapshot = PlanBench.Of(HealthPhase.Running);
        Assert.Empty(bench.Run(5));
    }

    [Fact]
    public void Stopping_is_said_once_with_its_status()
    {
        var bench = new PlanBench();
        bench.Look();
        bench.IsStopping = true;
        Assert.Equal(["STOPPING=1", "STATUS=Stopping: not ready for anything new; what is under way is finished."], bench.Look());
        Assert.Empty(bench.Run(5));
    }

    [Fact]
    public void Pings_go_out_at_once_after_ready_and_every_half_period()
    {
        var pings = Pings(new PlanBench(Period).Run(60));
        Assert.Equal(0, pings[0]);
        Assert.All(pings.Zip(pings.Skip(1), (one, next) => next - one), gap => Assert.InRange(gap, 5, 6));
        Assert.InRange(pings.Count, 11, 13);
    }

    [Theory]
    [InlineData(HealthStatus.Unhealthy)]
    [InlineData(HealthStatus.Degraded)]
    public void Dependencies_never_decide_about_pings(HealthStatus status)
    {
        var bench = new PlanBench(Period) { Snapshot = PlanBench.Of(HealthPhase.Running, PlanBench.Check("db", status, CheckErrors.Refused)) };
        var sent = bench.Run(120);
        Assert.InRange(Pings(sent).Count, 22, 25);
        Assert.DoesNotContain(sent, one => one.Line == "WATCHDOG=trigger");
    }

    [Fact]
    public void Starved_pool_gets_no_ping_from_its_beginning_on_and_no_trigger()
    {
        var bench = new PlanBench(Period);
        bench.Run(12);
        bench.PoolRuns = false;
        var sent = bench.Run(60);
        Assert.Empty(Pings(sent));
        Assert.DoesNotContain(sent, one => one.Line == "WATCHDOG=trigger");
        bench.PoolRuns = true;
        Assert.NotEmpty(Pings(bench.Run(1)));
    }

    [Fact]
    public void Proof_from_before_a_ping_was_due_does_not_count()
    {
        var bench = new PlanBench(Period) { PoolRuns = false };
        bench.Look();
        bench.ProvenAt = TimeSpan.Zero;
        Assert.Equal(["WATCHDOG=1"], bench.Look());
        bench.Sleep(4.9);
        bench.ProvenAt = TimeSpan.FromSeconds(4.9);
        bench.Sleep(0.2);
        Assert.Empty(bench.Look());
        bench.ProvenAt = TimeSpan.FromSeconds(5.1);
        Assert.Equal(["WATCHDOG=1"], bench.Look());
    }

    [Fact]
    public void Process_that_is_not_live_gets_no_ping_and_is_given_up_after_a_quarter_of_the_period()
    {
        var bench = new PlanBench(Period);
        bench.Run(12);
        bench.Snapshot = PlanBench.Dead();
        var sent = bench.Run(30);
        Assert.Empty(Pings(sent));
        var trigger = Assert.Single(sent, one => one.Line == "WATCHDOG=trigger");
        Assert.InRange(trigger.Second - sent[0].Second, 2.5, 3.6);
    }

    [Fact]
    public void Process_that_is_live_again_in_time_is_pinged_on()
    {
        var bench = new PlanBench(Period);
        bench.Run(12);
        for (var i = 0; i < 10; i++)
        {
            bench.Snapshot = PlanBench.Dead();
            Assert.DoesNotContain(bench.Run(2), one => one.Line == "WATCHDOG=trigger");
            bench.Snapshot = PlanBench.Of(HealthPhase.Running);
            bench.Run(1);
        }

        Assert.NotEmpty(Pings(bench.Run(6)));
    }

    [Fact]
    public void Process_that_was_halted_gets_the_time_to_come_round()
    {
        var bench = new PlanBench(Period);
        bench.Run(12);
        bench.Snapshot = PlanBench.Dead();
        bench.Look();
        bench.Sleep(3600);
        Assert.DoesNotContain("WATCHDOG=trigger", bench.Look());
        Assert.DoesNotContain(bench.Run(2), one => one.Line == "WATCHDOG=trigger");
        Assert.Contains(bench.Run(2), one => one.Line == "WATCHDOG=trigger");
    }

    [Fact]
    public void Nothing_is_pinged_before_ready()
    {
        var bench = new PlanBench(Period) { Snapshot = PlanBench.Of(HealthPhase.Starting) };
        Assert.DoesNotContain(bench.Run(60), one => one.Line.StartsWith("WATCHDOG", StringComparison.Ordinal));
        bench.Snapshot = PlanBench.Dead();
        bench.IsHostStarted = false;
        Assert.DoesNotContain(bench.Run(60), one => one.Line.StartsWith("WATCHDOG", StringComparison.Ordinal));
    }

    [Fact]
    public void Watchdog_that_is_turned_off_or_absent_gets_nothing()
    {
        foreach (var bench in new[] { new PlanBench(Period, new() { Watchdog = false }), new PlanBench() })
        {
            bench.Run(12);
            bench.Snapshot = PlanBench.Dead();
            Assert.DoesNotContain(bench.Run(60), one => one.Line.StartsWith("WATCHDOG", StringComparison.Ordinal));
        }
    }

    [Fact]
    public void Start_is_extended_while_the_gate_waits_and_once_for_what_comes_after_it()
    {
        var bench = Waiting();
        var sent = Extensions(bench.Run(35));
        Assert.Equal([0, 10, 20, 30], sent.Select(Math.Floor));
        bench.Gate = PlanBench.View(GateVerdict.Open);
        Assert.Single(Extensions(bench.Run(60)));
        bench.Snapshot = PlanBench.Of(HealthPhase.Running);
        bench.IsHostStarted = true;
        Assert.Empty(Extensions(bench.Run(60)));
    }

    [Fact]
    public void Start_is_not_extended_if_not_wanted_or_not_moving_or_stopping_or_lost()
    {
        Assert.Empty(Extensions(Waiting(new() { ExtendStart = false }).Run(60)));
        var bench = Waiting();
        bench.Snapshot = new HealthSnapshot(HealthPhase.Starting, PlanBench.Start, isMoving: false, []);
        Assert.Empty(Extensions(bench.Run(60)));
        bench = Waiting();
        bench.IsStopping = true;
        Assert.Empty(Extensions(bench.Run(60)));
        bench = Waiting();
        bench.Gate = PlanBench.View(GateVerdict.Failed);
        Assert.Empty(Extensions(bench.Run(60)));
        bench.Gate = null;
        Assert.Empty(Extensions(bench.Run(60)));
        bench.Gate = PlanBench.View(GateVerdict.NotBegun, PlanBench.Gated("db", GatedState.Later));
        Assert.Empty(Extensions(bench.Run(60)));
    }

    [Fact]
    public void Gate_that_was_open_from_the_start_needs_no_extension()
    {
        var bench = Waiting();
        bench.Gate = PlanBench.View(GateVerdict.Open);
        Assert.Empty(Extensions(bench.Run(60)));
    }

    [Fact]
    public void Reload_makes_it_ready_again_with_its_status()
    {
        var bench = new PlanBench(Period);
        bench.Run(12);
        bench.Plan.Reloaded();
        Assert.Equal(["READY=1", "STATUS=Ready."], bench.Look());
        Assert.NotEmpty(Pings(bench.Run(1)));
    }

    [Fact]
    public void Looks_are_frequent_before_ready_and_rare_after_it()
    {
        var bench = new PlanBench(Period);
        Assert.Equal(TimeSpan.FromMilliseconds(50), bench.Plan.Rest);
        bench.Look();
        Assert.Equal(TimeSpan.FromSeconds(1), bench.Plan.Rest);
        bench = new(TimeSpan.FromSeconds(2));
        bench.Look();
        Assert.Equal(TimeSpan.FromSeconds(0.25), bench.Plan.Rest);
        bench = new(TimeSpan.FromMilliseconds(100));
        bench.Look();
        Assert.Equal(TimeSpan.FromMilliseconds(50), bench.Plan.Rest);
    }

    private static PlanBench Waiting(SystemdNotifyOptions? options = null) => new(Period, options)
    {
        IsHostStarted = false,
        Snapshot = PlanBench.Of(HealthPhase.Starting),
        Gate = PlanBench.View(GateVerdict.Waiting, PlanBench.Gated("db", GatedState.Missing, CheckErrors.Refused)),
    };

    private static List<double> Pings(List<(double Second, string Line)> sent) => [.. sent.Where(one => one.Line == "WATCHDOG=1").Select(one => one.Second)];

    private static List<double> Extensions(List<(double Second, string Line)> sent) => [.. sent.Where(one => one.Line == "EXTEND_TIMEOUT_USEC=20000000").Select(one => one.Second)];
}

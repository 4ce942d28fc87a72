using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Hosting.Tests.Metrics;

[Collection(VirtualTime.Name)]
public sealed class GateMetricsTests : IDisposable
{
    private const string Open = "resilience.hosting.gate.open", Missing = "resilience.hosting.gate.missing", Wait = "resilience.hosting.gate.wait";

    private readonly GateBench _bench = new(("StartupGate:Mode", "Serve"), ("StartupGate:OptionalTimeout", "00:00:10"), ("StartupGate:Timeout", "00:05:00"));
    private readonly Measurements _heard = new("Resilience.Hosting");

    [Fact]
    public async Task Wait_grows_while_the_gate_waits_and_stays_when_it_has_what_it_wants()
    {
        var (db, late) = (_bench.Add("db"), _bench.Add("late"));
        late.IsWell();
        _bench.Builder.Services.AddStartupGate(gate => gate.Checks["late"] = new() { Stage = 1 });
        await _bench.Start();
        _bench.Time.AdvanceSeconds(3);
        Assert.Equal((1, 3), (Gauge(Missing, "db"), Seconds("db")));
        Assert.Equal((1, 0), (Gauge(Missing, "late"), Seconds("late"))); // Its stage has not begun.
        Assert.Equal(0, Gauge(Open));

        db.IsWell();
        _bench.UntilOpen();
        var waited = Seconds("db");
        Assert.InRange(waited, 3, 4);
        Assert.Equal((0, 0, 1), (Gauge(Missing, "db"), Gauge(Missing, "late"), Gauge(Open)));
        _bench.Time.AdvanceSeconds(60);
        Assert.Equal(waited, Seconds("db"));
        Assert.InRange(Seconds("late"), 0, 0.5);
    }

    [Fact]
    public async Task What_comes_and_goes_has_been_waited_for_while_it_was_gone_and_not_in_between()
    {
        var (db, other) = (_bench.Add("db"), _bench.Add("other"));
        db.IsWell();
        await _bench.Start();
        _bench.Time.AdvanceSeconds(20);
        Assert.InRange(Seconds("db"), 0, 0.5);
        db.Fails();
        _bench.Time.AdvanceSeconds(10);
        Assert.Equal(1, Gauge(Missing, "db"));
        Assert.InRange(Seconds("db"), 8, 10);
        db.IsWell();
        _bench.Time.AdvanceSeconds(10);
        Assert.Equal(0, Gauge(Missing, "db"));
        Assert.InRange(Seconds("db"), 8, 12);
        Assert.Equal(40, Seconds("other"));
        db.Fails();
        _bench.Time.AdvanceSeconds(10);
        Assert.InRange(Seconds("db"), 16, 22); // Both times.
        other.IsWell();
    }

    [Fact]
    public async Task Optional_check_that_was_given_up_is_missing_no_longer_and_had_its_time()
    {
        _bench.Add("cache", HealthStatus.Degraded);
        await _bench.Start();
        _bench.UntilOpen();
        _bench.Time.AdvanceSeconds(20);
        Assert.Equal((0, 1), (Gauge(Missing, "cache"), Gauge(Open)));
        Assert.InRange(Seconds("cache"), 10, 10.5);
    }

    [Fact]
    public async Task Nothing_is_measured_before_the_start_and_after_the_end()
    {
        _bench.Add("db");
        _bench.Build();
        _ = _bench.Gate;
        Assert.Empty(_heard.Collect().All);
        await _bench.Start();
        Assert.Equal(1, Gauge(Missing, "db"));
        _bench.Dispose();
        _heard.Clear();
        Assert.Empty(_heard.Collect().All);
    }

    [Fact]
    public async Task Wait_that_the_stop_has_ended_grows_no_longer()
    {
        _bench.Add("db");
        await _bench.Start();
        _bench.Time.AdvanceSeconds(5);
        _bench.Lifetime.StopApplication();
        _bench.Time.AdvanceSeconds(30);
        Assert.InRange(Seconds("db"), 4, 5.1);
        Assert.Equal(0, Gauge(Open));
    }

    [Fact]
    public async Task Gate_with_nothing_to_wait_for_is_open()
    {
        await _bench.Start();
        Assert.Equal(1, Gauge(Open));
        Assert.Equal(0, _heard.Count(Missing));
    }

    public void Dispose()
    {
        _bench.Dispose();
        _heard.Dispose();
    }

    private double Seconds(string check) => Math.Round(Gauge(Wait, check)!.Value, 3);

    private double? Gauge(string name, string? check = null)
    {
        _heard.Clear();
        return _heard.Collect().Last(name, check is null ? [] : [("check", check)]);
    }
}

using System.Net;
using Xunit;
using Names = Resilience.Client.TelemetryNames.Instruments;

namespace Resilience.Client.Tests;

/// <summary>What is measured of a backend: its state, its budget, who waits for it, and what probes hear.</summary>
[Collection(VirtualTime.Name)]
public sealed class BackendMetricsTests
{
    private static readonly (string, string) Catalog = ("backend", "catalog");

    [Fact]
    public async Task Outage_shows_in_every_gauge_while_it_lasts_and_in_the_transitions_for_ever()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        (await bench.Run()).Dispose();
        Shows(heard, up: 1, "closed", waiting: 0);

        bench.Time.AdvanceSeconds(10);
        var calls = new List<Task<HttpResponseMessage>> { bench.GoDown() };
        var fell = bench.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1e3;
        calls.AddRange(Enumerable.Range(0, 4).Select(_ => bench.Call()));
        Shows(heard, up: 0, "open", waiting: 5);
        Assert.Equal(fell, heard.Last(Names.BackendSince, Catalog)!.Value, 2);

        bench.Time.AdvanceSeconds(5);
        Assert.Equal(fell, heard.Collect().Last(Names.BackendSince)!.Value, 2);
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromMilliseconds(30), bench.Wire.Ok);
        bench.Time.AdvanceUntil(() => bench.Wire.InFlight > 0, TimeSpan.FromSeconds(5));
        Shows(heard, up: 0, "probing", waiting: 4);
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();

        Shows(heard, up: 1, "closed", waiting: 0);
        Assert.Equal(["down", "probing", "up"], heard.Of(Names.Transitions, Catalog).Select(change => change.Tags["state"]));
        Assert.Equal(5, heard.Count(Names.CallWait, Catalog, ("for", "recovery")));
        Assert.Equal(0, heard.Count(Names.CallWait, ("for", "retry")));
    }

    [Fact]
    public async Task Time_that_a_call_waited_for_recovery_is_the_time_away()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        var began = bench.Time.Elapsed;
        var call = bench.GoDown();
        bench.Time.AdvanceSeconds(7);
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
        Assert.Equal((bench.Time.Elapsed - began).TotalSeconds, heard.Sum(Names.CallWait, ("for", "recovery")), 4);
        Assert.Equal(heard.Sum(Names.CallWait), heard.Sum(Names.CallDuration), 4);
    }

    [Fact]
    public async Task Trials_that_fail_show_and_make_no_second_outage()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        var call = bench.GoDown();
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Time.AdvanceUntil(() => heard.Count(Names.Transitions, ("state", "probing")) == 2, TimeSpan.FromSeconds(5));
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
        var states = heard.Of(Names.Transitions).Select(change => change.Tags["state"]).ToArray();
        Assert.Equal(("down", "up", 1), (states[0], states[^1], states.Count(state => state == "down")));
        Assert.All(states[1..^1], state => Assert.Equal("probing", state));
    }

    [Fact]
    public async Task Isolation_shows_as_not_up_with_an_open_circuit()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        bench.State.Isolate("maintenance");
        Shows(heard, up: 0, "open", waiting: 0);
        Assert.Equal(1, heard.Last(Names.BackendIsolated));
        bench.Time.AdvanceSeconds(3);
        bench.State.Restore();
        Shows(heard, up: 1, "closed", waiting: 0);
        Assert.Equal(0, heard.Last(Names.BackendIsolated));
        Assert.Equal(bench.Time.GetUtcNow().ToUnixTimeMilliseconds() / 1e3, heard.Last(Names.BackendSince)!.Value, 2);
        Assert.Equal(["isolated", "up"], heard.Of(Names.Transitions).Select(change => change.Tags["state"]));
        (await bench.Run()).Dispose();
    }

    [Fact]
    public async Task Budget_left_falls_with_each_retry_and_comes_back_with_the_window()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        Assert.Equal(3, heard.Collect().Last(Names.BudgetLeft, Catalog));
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, bench.Wire.Unavailable, bench.Wire.Ok);
        (await bench.Run()).Dispose();
        Assert.Equal(2, heard.Collect().Last(Names.BudgetLeft)); // Three, a fifth of a call, and one taken that did not help.
        bench.Time.AdvanceSeconds(11);
        Assert.Equal(3, heard.Collect().Last(Names.BudgetLeft));
    }

    [Theory]
    [InlineData("ready")]
    [InlineData("alive")]
    [InlineData("not_ready")]
    [InlineData("silent")]
    [InlineData("away")]
    public async Task Probes_count_by_what_they_hear(string result)
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        var call = bench.GoDown();
        bench.Wire.Probe = result switch
        {
            "ready" => bench.Wire.Ok,
            "alive" => bench.Wire.Status(404),
            "not_ready" => bench.Wire.Status(503),
            "silent" => ScriptedWire.Hang,
            _ => ScriptedWire.Refuse,
        };
        bench.Wire.Answer = ScriptedWire.Refuse;
        bench.Time.AdvanceUntil(() => heard.Count(Names.Probes, Catalog, ("result", result)) == 1, TimeSpan.FromSeconds(30));
        Assert.Equal(1, heard.Count(Names.Probes));
        bench.Wire.Probe = bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
        Assert.Equal(bench.Wire.Probes.Count, heard.Sum(Names.Probes));
    }

    [Fact]
    public async Task Backend_that_the_start_waits_for_shows_as_not_up_with_a_closed_circuit_until_its_first_sign_of_life()
    {
        using var bench = new Bench(awaited: true);
        using var heard = bench.Listen();
        bench.Wire.Answer = ScriptedWire.Refuse;
        Shows(heard, up: 0, "closed", waiting: 0);
        var call = bench.Call();
        bench.Time.AdvanceSeconds(2);
        Shows(heard, up: 0, "closed", waiting: 1);
        Assert.Equal(0, heard.Count(Names.Transitions));
        Assert.Equal(0, heard.Count(Names.Attempts));
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
        Shows(heard, up: 1, "closed", waiting: 0);
        Assert.Equal(["probing", "up"], heard.Of(Names.Transitions).Select(change => change.Tags["state"]));
    }

    [Fact]
    public async Task Amplification_is_nothing_without_calls_one_while_all_is_well_and_exact_with_retries()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        Assert.Null(heard.Collect().Last(Names.Amplification));
        for (var call = 0; call < 10; call++)
            (await bench.Run()).Dispose();
        Assert.Equal(1, heard.Collect().Last(Names.Amplification, Catalog));
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, bench.Wire.Unavailable, bench.Wire.Ok);
        for (var call = 0; call < 6; call++)
            (await bench.Run()).Dispose();
        Assert.Equal(18 / 16.0, heard.Collect().Last(Names.Amplification));
        bench.Time.AdvanceSeconds(12);
        heard.Clear();
        Assert.Null(heard.Collect().Last(Names.Amplification));
    }

    [Fact]
    public async Task Amplification_is_below_one_while_calls_wait_in_vain_and_never_above_the_alarm_after_it()
    {
        using var bench = new Bench();
        using var heard = bench.Listen();
        for (var call = 0; call < 20; call++)
            (await bench.Run()).Dispose();
        var first = bench.GoDown();
        var waiting = Enumerable.Range(0, 300).Select(_ => bench.Send(Bench.Get())).ToArray();
        var inVain = Enumerable.Range(0, 40).Select(_ => bench.Send(Short())).ToArray();
        bench.Time.AdvanceSeconds(4);
        Assert.All(inVain, call => Assert.True(call.IsFaulted));
        Assert.InRange(heard.Collect().Last(Names.Amplification)!.Value, 0.3, 0.4); // 21 attempts, 60 calls.

        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromMilliseconds(5), bench.Wire.Ok);
        bench.Wire.Probe = bench.Wire.Ok;
        heard.Clear();
        for (var step = 0; step < 200; step++)
        {
            bench.Time.AdvanceMilliseconds(100);
            heard.Collect();
        }

        Assert.All(waiting, call => Assert.Equal(HttpStatusCode.OK, call.Result.StatusCode));
        (await first).Dispose();
        Assert.NotEmpty(heard.Of(Names.Amplification));
        Assert.All(heard.Of(Names.Amplification), kept => Assert.InRange(kept.Value, 0, 1.2));

        static HttpRequestMessage Short()
        {
            var request = Bench.Get();
            request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(1));
            return request;
        }
    }

    private static void Shows(Measurements heard, double up, string circuit, double waiting)
    {
        var before = heard.Count(Names.BackendUp);
        heard.Collect();
        Assert.Equal(before + 1, heard.Count(Names.BackendUp));
        Assert.Equal(up, heard.Last(Names.BackendUp, Catalog));
        Assert.Equal(waiting, heard.Last(Names.CallsWaiting, Catalog));
        Assert.Equal(
            [("closed", circuit == "closed" ? 1.0 : 0), ("open", circuit == "open" ? 1.0 : 0), ("probing", circuit == "probing" ? 1.0 : 0)],
            heard.Of(Names.CircuitState, Catalog).TakeLast(3).Select(kept => (kept.Tags["state"], kept.Value)).Order());
    }
}

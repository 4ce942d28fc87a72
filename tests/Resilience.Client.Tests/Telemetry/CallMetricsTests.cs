using System.Net;
using Xunit;
using Names = Resilience.Client.TelemetryNames.Instruments;

namespace Resilience.Client.Tests;

/// <summary>What is measured of calls and attempts.</summary>
[Collection(VirtualTime.Name)]
public sealed class CallMetricsTests
{
    private static readonly (string, string) Catalog = ("backend", "catalog");

    [Theory]
    [MemberData(nameof(Fault.Numbers), MemberType = typeof(Fault))]
    public async Task Call_that_fails_counts_once_by_its_reason_and_its_attempts_by_theirs(int number)
    {
        var fault = Fault.All[number];
        using var bench = fault.Begin();
        using var heard = bench.Listen();
        var sent = bench.Wire.Calls.Count;
        var began = bench.Time.Elapsed;

        var call = bench.Call(fault.Request());
        try
        {
            (await bench.Finish(call)).Dispose();
        }
        catch (Exception) when (call.IsFaulted)
        {
        }

        var measured = Assert.Single(heard.Of(Names.CallDuration, Catalog));
        Assert.Equal(("failure", fault.Reason), (measured.Tags["outcome"], measured.Tags["reason"]));
        Assert.Equal((bench.Time.Elapsed - began).TotalSeconds, measured.Value, 4);
        Assert.Equal(bench.Wire.Calls.Count - sent, heard.Sum(Names.Attempts));
        Assert.Equal(bench.Wire.Calls.Count - sent, fault.Result is null ? 0 : heard.Sum(Names.Attempts, Catalog, ("result", fault.Result)));
        if (fault.Reason == "status" && fault.Result != "http_503")
            Assert.Equal(1, heard.Sum(Names.Attempts));
    }

    [Fact]
    public void Each_reason_of_failures_is_among_the_faults()
    {
        var words = Enum.GetValues<BackendFailureReason>().Select(Words.Of).Append("exception");
        Assert.Empty(words.Except(Fault.All.Select(fault => fault.Reason)));
    }

    [Theory]
    [InlineData(200)]
    [InlineData(204)]
    [InlineData(301)]
    [InlineData(400)]
    [InlineData(404)]
    [InlineData(499)]
    public async Task Call_whose_answer_is_the_callers_own_affair_is_a_success(int status)
    {
        using var bench = new Bench();
        bench.Wire.Answer = Fault.Status(status);
        using var heard = bench.Listen();
        (await bench.Run()).Dispose();
        Assert.Equal(1, heard.Count(Names.CallDuration, Catalog, ("outcome", "success"), ("reason", "none")));
        Assert.Equal(1, heard.Count(Names.CallDuration));
        Assert.Equal(1, heard.Sum(Names.Attempts, ("result", "success")));
        Assert.Equal(1, heard.Sum(Names.Attempts));
    }

    [Fact]
    public async Task Call_that_its_caller_cancels_is_cancelled_with_its_attempt()
    {
        using var bench = new Bench();
        bench.Wire.Answer = ScriptedWire.Hang;
        using var heard = bench.Listen();
        using var caller = new CancellationTokenSource();
        var call = bench.CallFor(caller);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Finish(call));
        Assert.Equal(1, heard.Count(Names.CallDuration, ("outcome", "cancelled"), ("reason", "none")));
        Assert.Equal(1, heard.Sum(Names.Attempts, ("result", "cancelled")));
        Assert.Equal(0, heard.Count(Names.Retries) + heard.Count(Names.Withheld));
    }

    [Fact]
    public async Task Call_that_its_caller_cancels_while_it_waits_is_cancelled_without_an_attempt()
    {
        using var bench = new Bench();
        var first = bench.GoDown();
        using var heard = bench.Listen();
        using var caller = new CancellationTokenSource();
        var call = bench.CallFor(caller);
        bench.Time.AdvanceSeconds(3);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Finish(call));
        Assert.Equal(1, heard.Count(Names.CallDuration, ("outcome", "cancelled")));
        Assert.Equal(0, heard.Count(Names.Attempts));
        Assert.Equal(3, heard.Sum(Names.CallWait, ("for", "recovery")), 4);
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(first)).Dispose();
    }

    [Fact]
    public async Task Retries_count_by_what_failed_before_them_and_delays_add_up()
    {
        using var bench = new Bench();
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, ScriptedWire.Cut, bench.Wire.Status(429, "2"), bench.Wire.Ok);
        using var heard = bench.Listen();
        (await bench.Run()).Dispose();
        Assert.Equal(["http_503", "closed", "http_429"], heard.Of(Names.Retries, Catalog).Select(retry => retry.Tags["reason"]));
        Assert.Equal(["http_503", "closed", "http_429", "success"], heard.Of(Names.Attempts).Select(attempt => attempt.Tags["result"]));
        Assert.Equal(0, heard.Count(Names.Withheld));
        Assert.Equal(3, heard.Count(Names.CallWait, ("for", "retry")));
        Assert.Equal(bench.Time.Elapsed.TotalSeconds, heard.Sum(Names.CallWait, ("for", "retry")), 4);
        Assert.Equal(heard.Sum(Names.CallWait), heard.Sum(Names.CallDuration), 4);
    }

    [Theory]
    [InlineData("max_retries", 1)]
    [InlineData("budget", 1)]
    [InlineData("deadline", 1)]
    [InlineData("not_safe", 1)]
    [InlineData("body", 1)]
    [InlineData("down", 1)]
    public async Task Retry_that_is_withheld_counts_by_why(string why, int count)
    {
        using var bench = new Bench(options =>
        {
            options.Retry.MaxRetries = why == "max_retries" ? 0 : 3;
            options.Budget.Floor = why == "budget" ? 0 : 3;
            options.Recovery.WhenDown = why == "down" ? WhenDown.FailFast : WhenDown.Wait;
        });
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = why switch
        {
            "deadline" => bench.Wire.Status(503, "3600"),
            "down" => ScriptedWire.Refuse,
            _ => bench.Wire.Unavailable,
        };
        using var request = why switch
        {
            "not_safe" => Bench.Post(),
            "body" => new HttpRequestMessage(HttpMethod.Put, TestSettings.Address) { Content = new StreamContent(new MemoryStream(new byte[100_000])) },
            _ => Bench.Get(),
        };
        using var heard = bench.Listen();
        if (why == "down")
            await bench.Fails(request);
        else
            (await bench.Run(request)).Dispose();
        Assert.Equal(count, heard.Sum(Names.Withheld, Catalog, ("reason", why)));
        Assert.Equal(count, heard.Sum(Names.Withheld));
        Assert.Equal(0, heard.Count(Names.Retries));
    }

    [Fact]
    public async Task Delay_that_does_not_fit_before_the_deadline_withholds_the_retry()
    {
        using var bench = new Bench(options => options.Retry.BaseDelay = TimeSpan.FromSeconds(4));
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = bench.Wire.Unavailable;
        using var heard = bench.Listen();
        using var request = Bench.Get();
        request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(1));
        using var response = await bench.Run(request);
        Assert.Equal(HttpStatusCode.ServiceUnavailable, response.StatusCode);
        Assert.Equal(1, heard.Sum(Names.Withheld, ("reason", "deadline")));
    }

    [Fact]
    public async Task Listener_that_throws_breaks_neither_calls_nor_recovery()
    {
        using var bench = new Bench();
        using var broken = new System.Diagnostics.Metrics.MeterListener();
        broken.InstrumentPublished = (instrument, listener) =>
        {
            if (instrument.Meter.Scope == bench)
                listener.EnableMeasurementEvents(instrument);
        };
        broken.SetMeasurementEventCallback<long>((_, _, _, _) => throw new InvalidOperationException("listener"));
        broken.SetMeasurementEventCallback<double>((_, _, _, _) => throw new InvalidOperationException("listener"));
        broken.Start();

        var call = bench.GoDown();
        bench.Time.AdvanceSeconds(2);
        Assert.Equal(1, bench.State.WaitingCalls);
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, bench.Wire.Ok);
        bench.Wire.Probe = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
        (await bench.Run()).Dispose();
        Assert.Equal(BackendState.Up, bench.State.State);
    }
}

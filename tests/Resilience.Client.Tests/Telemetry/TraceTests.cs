using System.Diagnostics;
using System.Globalization;
using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>The activity of a call, and of the probe that ended its wait.</summary>
[Collection(VirtualTime.Name)]
public sealed class TraceTests
{
    [Fact]
    public async Task Call_that_succeeds_is_one_activity_below_its_callers_own()
    {
        using var bench = new Bench();
        using var traces = new Traces();
        using var mine = new Activity("mine").SetIdFormat(ActivityIdFormat.W3C);
        mine.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        mine.Start();

        (await bench.Run()).Dispose();

        Assert.Same(mine, Activity.Current);
        var call = Assert.Single(traces.Ended);
        Assert.Equal((TelemetryNames.Activities.Call, "call catalog", ActivityKind.Internal), (call.OperationName, call.DisplayName, call.Kind));
        Assert.Equal(mine.SpanId, call.ParentSpanId);
        Assert.Equal(mine.TraceId, call.TraceId);
        Assert.Equal("attempts=1 backend=catalog http.request.method=GET http.response.status_code=200 outcome=success", Text(call.TagObjects));
        Assert.Equal(ActivityStatusCode.Unset, call.Status);
        Assert.Empty(call.Events);
        Assert.Empty(call.Links);
        Assert.Null(call.GetCustomProperty("request"));
        Assert.Empty(mine.TagObjects);
    }

    [Theory]
    [MemberData(nameof(Fault.Numbers), MemberType = typeof(Fault))]
    public async Task Call_that_fails_says_why_and_leaves_its_callers_activity_current(int number)
    {
        var fault = Fault.All[number];
        using var bench = fault.Begin();
        using var traces = new Traces();
        using var mine = new Activity("mine").Start();
        mine.ActivityTraceFlags = ActivityTraceFlags.Recorded;

        var call = bench.Call(fault.Request());
        Assert.Same(mine, Activity.Current);
        try
        {
            (await bench.Finish(call)).Dispose();
        }
        catch (Exception) when (call.IsFaulted)
        {
        }

        Assert.Same(mine, Activity.Current);
        var trace = Assert.Single(traces.Calls);
        Assert.Equal(ActivityStatusCode.Error, trace.Status);
        Assert.Null(trace.StatusDescription);
        Assert.Equal(("failure", fault.Reason), (trace.GetTagItem("outcome"), trace.GetTagItem("error.type")));
        Assert.Equal(fault.Reason == "status" ? (int)(await call).StatusCode : null, trace.GetTagItem("http.response.status_code"));
        Assert.Equal(fault.Result is null ? 0 : 1, Math.Min(1, (int)trace.GetTagItem("attempts")!));
        Assert.DoesNotContain(trace.Events, happened => happened.Name == "exception"); // Its text would be a secret's way out.
        Assert.Empty(mine.TagObjects);
        Assert.Empty(mine.Events);
    }

    [Fact]
    public async Task Call_that_its_caller_cancels_is_no_error()
    {
        using var bench = new Bench();
        bench.Wire.Answer = ScriptedWire.Hang;
        using var traces = new Traces();
        using var caller = new CancellationTokenSource();
        var call = bench.CallFor(caller);
        await caller.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => bench.Finish(call));
        var trace = Assert.Single(traces.Ended);
        Assert.Equal("attempts=1 backend=catalog http.request.method=GET outcome=cancelled", Text(trace.TagObjects));
        Assert.Equal(ActivityStatusCode.Unset, trace.Status);
    }

    [Fact]
    public async Task Call_whose_options_are_faulty_has_an_activity_that_ends()
    {
        using var bench = new Bench();
        using var traces = new Traces();
        using var request = Bench.Get();
        request.Options.Set(CallOptions.MaxRetries, -1);
        await bench.FailsAtOnce<ArgumentOutOfRangeException>(request);
        Assert.Equal("exception", Assert.Single(traces.Calls).GetTagItem("error.type"));
    }

    [Fact]
    public async Task Retries_are_events_with_what_failed_the_attempt_and_the_delay()
    {
        using var bench = new Bench();
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, ScriptedWire.Cut, bench.Wire.Status(429, "2"), bench.Wire.Status(503, "3600"));
        using var traces = new Traces();
        (await bench.Run()).Dispose();
        var trace = Assert.Single(traces.Ended);
        Assert.Equal(
        [
            "retry attempt=2 reason=http_503 seconds=0.1",
            "retry attempt=3 reason=closed seconds=0.2",
            "retry attempt=4 reason=http_429 seconds=2",
            "retry.withheld reason=deadline",
        ], trace.Events.Select(Text));
        Assert.Equal((4, 503, "status"), (trace.GetTagItem("attempts"), trace.GetTagItem("http.response.status_code"), trace.GetTagItem("error.type")));
    }

    [Fact]
    public async Task Call_that_waits_out_an_outage_tells_of_it_and_links_to_the_probe_that_ended_it_and_the_others_leave_nothing()
    {
        using var bench = new Bench();
        using var traces = new Traces();
        using var mine = new Activity("mine").Start();
        mine.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        var began = bench.Time.Elapsed;
        var calls = new[] { bench.GoDown(), bench.Call() };
        bench.Time.AdvanceSeconds(3);
        Assert.Empty(traces.Ended);
        var fails = bench.Wire.Probes.Count;
        Assert.True(fails > 3);
        bench.Wire.Answer = bench.Wire.Ok;
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();

        var probe = Assert.Single(traces.Probes);
        Assert.Equal("backend=catalog result=ready", Text(probe.TagObjects));
        Assert.Equal((ActivityKind.Client, "probe catalog", default(ActivitySpanId)), (probe.Kind, probe.DisplayName, probe.ParentSpanId));
        Assert.NotEqual(mine.TraceId, probe.TraceId);
        Assert.Equal(2, traces.Calls.Count);
        var waited = (bench.Time.Elapsed - began).TotalSeconds;
        foreach (var trace in traces.Calls)
        {
            Assert.Equal(probe.Context.SpanId, Assert.Single(trace.Links).Context.SpanId);
            Assert.Equal(probe.Context.TraceId, Assert.Single(trace.Links).Context.TraceId);
            Assert.Equal(["wait", "wait.end"], trace.Events.Select(happened => happened.Name));
            Assert.Equal("wait reason=refused", Text(trace.Events.First()));
            Assert.Equal("success", Tag(trace.Events.Last(), "outcome"));
            Assert.InRange((double)Tag(trace.Events.Last(), "seconds")!, 3, waited + 0.001);
        }
    }

    [Fact]
    public async Task Wait_in_vain_ends_as_a_failure_without_a_link()
    {
        using var bench = new Bench();
        using var traces = new Traces();
        var call = bench.GoDown();
        await bench.Fails(call);
        var trace = Assert.Single(traces.Ended);
        Assert.Equal(["wait reason=refused", "wait.end outcome=failure seconds=30"], trace.Events.Select(Text));
        Assert.Empty(trace.Links);
        Assert.Equal("unavailable", trace.GetTagItem("error.type"));
    }

    [Fact]
    public async Task Wait_for_a_start_says_so_whatever_was_heard()
    {
        using var bench = new Bench(awaited: true);
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromMilliseconds(500), bench.Wire.Status(599));
        using var traces = new Traces();
        var first = bench.Call();
        bench.Time.AdvanceSeconds(2);
        var second = bench.Call();
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(first)).Dispose();
        (await bench.Finish(second)).Dispose();
        Assert.Equal(["wait reason=starting", "wait reason=http_other"],
            traces.Calls.OrderBy(trace => trace.StartTimeUtc).Select(trace => Text(trace.Events.First()))); // They end at once, in whatever order.
        Assert.All(traces.Calls, trace => Assert.Single(trace.Links));
    }

    [Theory]
    [InlineData(ActivitySamplingResult.None)]
    [InlineData(ActivitySamplingResult.PropagationData)]
    public async Task Call_that_is_sampled_out_works_and_puts_nothing_on_its_callers_activity(ActivitySamplingResult sampled)
    {
        using var bench = new Bench();
        using var traces = new Traces(sampled);
        using var mine = new Activity("mine").Start();
        mine.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = ScriptedWire.Sequence(bench.Wire.Unavailable, ScriptedWire.Refuse, bench.Wire.Ok);
        using var response = await bench.Run();
        Assert.Equal(HttpStatusCode.OK, response.StatusCode);
        Assert.Same(mine, Activity.Current);
        Assert.Empty(traces.Ended);
        Assert.Empty(mine.TagObjects);
        Assert.Empty(mine.Events);
        Assert.Empty(mine.Links);
        Assert.Equal(ActivityStatusCode.Unset, mine.Status);
    }

    [Fact]
    public async Task Call_within_a_call_that_is_sampled_out_puts_nothing_on_the_outer_ones_activity()
    {
        using var inner = new Bench();
        inner.Wire.Probe = inner.Wire.Ok;
        inner.Wire.Answer = ScriptedWire.Sequence(inner.Wire.Unavailable, inner.Wire.Ok);
        using var outer = new Bench();
        outer.Wire.Answer = async (request, token) =>
        {
            (await inner.Send(Bench.Get("token"))).Dispose();
            return await outer.Wire.Ok(request, token);
        };
        var first = true;
        using var sampler = new ActivityListener
        {
            ShouldListenTo = source => source.Name == TelemetryNames.Source,
            Sample = (ref _) => first ? ActivitySamplingResult.AllDataAndRecorded : ActivitySamplingResult.None,
            ActivityStarted = _ => first = false,
        };
        var ended = new List<Activity>();
        sampler.ActivityStopped = ended.Add;
        ActivitySource.AddActivityListener(sampler);
        var call = outer.Call();
        inner.Time.AdvanceSeconds(1);
        (await outer.Finish(call)).Dispose();
        var trace = Assert.Single(ended);
        Assert.Equal(2, inner.Wire.Calls.Count);
        Assert.Equal(1, trace.GetTagItem("attempts"));
        Assert.Empty(trace.Events);
    }

    [Fact]
    public async Task Without_a_listener_there_is_neither_an_activity_nor_a_header()
    {
        using var bench = new Bench();
        bench.Wire.Probe = bench.Wire.Ok;
        Activity? seen = null;
        bench.Wire.Answer = (request, token) =>
        {
            seen = Activity.Current ?? seen;
            return bench.Wire.Calls.Count < 3 ? bench.Wire.Unavailable(request, token) : bench.Wire.Ok(request, token);
        };
        (await bench.Run()).Dispose();
        Assert.Null(seen);
        Assert.Equal(3, bench.Wire.Calls.Count);
        Assert.All(bench.Wire.Calls, sent => Assert.Empty(sent.Request.Headers));
    }

    [Theory]
    [InlineData("GET", "GET")]
    [InlineData("get", "GET")]
    [InlineData("PURGE-4711", "_OTHER")]
    public async Task Method_that_nobody_knows_is_not_told(string method, string told)
    {
        using var bench = new Bench();
        using var traces = new Traces();
        (await bench.Run(new(new(method), new Uri(TestSettings.Address, "items")))).Dispose();
        Assert.Equal(told, Assert.Single(traces.Calls).GetTagItem("http.request.method"));
    }

    [Theory]
    [InlineData("sample")]
    [InlineData("started")]
    [InlineData("stopped")]
    public async Task Listener_that_throws_fails_no_call_and_keeps_no_backend_down(string when)
    {
        using var bench = new Bench();
        using var mine = new Activity("mine").Start();
        using (var listener = Broken(when))
        {
            ActivitySource.AddActivityListener(listener);
            (await bench.Run()).Dispose();
            var call = bench.GoDown();
            bench.Time.AdvanceSeconds(2);
            bench.Wire.Answer = bench.Wire.Ok;
            (await bench.Finish(call)).Dispose();
            Assert.Equal(BackendState.Up, bench.State.State);
            // One that would give up asks out of turn.
            bench.Wire.Answer = bench.Wire.Unavailable;
            bench.Wire.Probe = bench.Wire.Unavailable;
            call = bench.Call();
            bench.Time.AdvanceSeconds(5);
            bench.Wire.Probe = bench.Wire.Ok;
            bench.Wire.Answer = bench.Wire.Ok;
            Assert.Equal(HttpStatusCode.OK, (await bench.Finish(call)).StatusCode);
            Assert.Same(mine, Activity.Current);
        }

        Assert.Equal(BackendState.Up, bench.State.State);
    }

    // Of all sources: the platform's own activities, and those that hide probes, are started in here too.
    private static ActivityListener Broken(string when) => new()
    {
        ShouldListenTo = _ => true,
        Sample = (ref _) => when == "sample" ? throw new InvalidOperationException("listener") : ActivitySamplingResult.AllDataAndRecorded,
        ActivityStarted = activity => Throw(activity, isMeant: when == "started"),
        ActivityStopped = activity => Throw(activity, isMeant: when == "stopped"),
    };

    private static void Throw(Activity activity, bool isMeant)
    {
        if (isMeant && activity.OperationName != "mine")
            throw new InvalidOperationException("listener");
    }

    private static object? Tag(ActivityEvent happened, string name) => happened.Tags.Single(tag => tag.Key == name).Value;

    private static string Text(ActivityEvent happened) => $"{happened.Name} {Text(happened.Tags)}";

    private static string Text(IEnumerable<KeyValuePair<string, object?>> tags) => string.Join(' ', tags.Select(tag =>
        string.Create(CultureInfo.InvariantCulture, $"{tag.Key}={(tag.Value is double number ? Math.Round(number, 3) : tag.Value)}")).Order(StringComparer.Ordinal));
}

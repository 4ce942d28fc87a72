using System.Diagnostics;
using Resilience.Client.Tests.Wire;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests;

/// <summary>What the platform traces of attempts over real sockets, and what of it the backend receives.</summary>
[Collection(nameof(Alone))]
public sealed class WireTraceTests
{
    private const string Platform = "System.Net.Http";

    [Fact]
    public async Task Attempts_are_children_of_the_call_with_their_number_and_the_backend_receives_each_ones_own_context()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Next(Read, Reply(503)).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        using var traces = new Traces(ActivitySamplingResult.AllDataAndRecorded, TelemetryNames.Source, Platform);
        await host.AnswersAsync("ok", host.GetAsync());

        var call = Assert.Single(traces.Calls);
        Assert.Equal(3, traces.Attempts.Count);
        Assert.All(traces.Attempts, attempt => Assert.Equal((call.SpanId, call.TraceId), (attempt.ParentSpanId, attempt.TraceId)));
        Assert.Equal([null, 1, 2], traces.Attempts.Select(attempt => attempt.GetTagItem("http.request.resend_count")));
        Assert.Equal(traces.Attempts.Select(attempt => attempt.Id), backend.Received.Select(request => request.Headers["traceparent"]));
        Assert.Null(call.GetTagItem("http.request.resend_count"));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Callers_own_activity_gets_no_tag_where_nobody_listens_to_attempts(bool calls)
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        using var traces = calls ? new Traces() : null;
        using var mine = new Activity("mine").SetIdFormat(ActivityIdFormat.W3C);
        mine.ActivityTraceFlags = ActivityTraceFlags.Recorded;
        mine.Start();
        await host.AnswersAsync("ok", host.GetAsync());
        Assert.Empty(mine.TagObjects);
        Assert.Equal(2, backend.Received.Select(request => request.Headers["traceparent"]).Distinct().Count());
        Assert.All(backend.Received, request => Assert.Contains(mine.TraceId.ToHexString(), request.Headers["traceparent"], StringComparison.Ordinal));
        if (traces is not null)
            Assert.DoesNotContain(Assert.Single(traces.Calls).TagObjects, tag => tag.Key == "http.request.resend_count");
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Propagator_of_the_users_is_asked_for_each_attempt_and_its_header_is_sent_once(bool redirects)
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Next(Read, Reply(503)).Next(Read, Ok());
        var propagator = new OwnPropagator();
        await using var host = new WireHost(backend.Address, handler => (handler.ActivityHeadersPropagator, handler.AllowAutoRedirect) = (propagator, redirects));
        using var traces = new Traces(ActivitySamplingResult.AllDataAndRecorded, TelemetryNames.Source, Platform);
        await host.AnswersAsync("ok", host.GetAsync());
        Assert.Equal(traces.Attempts.Select(attempt => attempt.SpanId.ToHexString()), backend.Received.Select(request => request.Headers["x-own"]));
        Assert.All(backend.Received, request => Assert.DoesNotContain("traceparent", request.Headers.Keys));
        Assert.Equal([null, 1, 2], traces.Attempts.Select(attempt => attempt.GetTagItem("http.request.resend_count")));
    }

    [Theory]
    [InlineData("none")]
    [InlineData("silent")]
    [InlineData("platform")]
    public async Task Context_that_the_caller_sends_himself_is_on_each_attempt_as_on_the_first(string propagator)
    {
        foreach (var redirects in new[] { true, false })
        {
            await using var backend = new ScriptedBackend().Next(Read, Reply(503)).Next(Read, Reply(503)).Next(Read, Ok());
            await using var host = new WireHost(backend.Address, handler => (handler.ActivityHeadersPropagator, handler.AllowAutoRedirect) = (propagator switch
            {
                "none" => null,
                "silent" => DistributedContextPropagator.CreateNoOutputPropagator(),
                _ => handler.ActivityHeadersPropagator,
            }, redirects));
            using var traces = new Traces(ActivitySamplingResult.AllDataAndRecorded, TelemetryNames.Source, Platform);
            using var mine = new Activity("mine").Start();
            mine.AddBaggage("k", "v");
            const string Own = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01";
            await host.AnswersAsync("ok", host.SendAsync(HttpMethod.Get, null, request => request.Headers.Add("traceparent", Own)));
            var received = backend.Received.Select(request => request.Headers.GetValueOrDefault("traceparent")).ToArray();
            Assert.Equal(3, received.Length);
            Assert.All(received, header => Assert.Equal(Own, header));
            Assert.All(backend.Received, request => Assert.Equal(propagator == "platform" ? "k = v" : null, request.Headers.GetValueOrDefault("baggage")));
        }
    }

    [Fact]
    public async Task Retry_after_a_redirect_carries_its_own_context()
    {
        await using var backend = new ScriptedBackend().Next(Read, Reply(302, "", "Location: /there")).Next(Read, Reply(503)).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        using var traces = new Traces(ActivitySamplingResult.AllDataAndRecorded, TelemetryNames.Source, Platform);
        await host.AnswersAsync("ok", host.GetAsync());
        Assert.Equal(["/", "/there", "/there"], backend.Received.Select(request => request.Target));
        Assert.Equal(traces.Attempts.Select(attempt => attempt.Id), backend.Received.Select(request => request.Headers["traceparent"]));
    }

    [Fact]
    public async Task Without_a_listener_the_backend_receives_no_context()
    {
        await using var backend = new ScriptedBackend { Records = true }.Next(Read, Reply(503)).Next(Read, Ok());
        await using var host = new WireHost(backend.Address);
        await host.AnswersAsync("ok", host.GetAsync());
        Assert.All(backend.Received, request => Assert.Equal(["Host"], request.Headers.Keys));
    }

    [Fact]
    public async Task Probes_that_fail_leave_nothing_recorded_and_the_one_that_does_not_is_linked()
    {
        await using var backend = new ScriptedBackend { ProbeStatus = 503 }.Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        using var traces = new Traces(ActivitySamplingResult.AllDataAndRecorded, TelemetryNames.Source, Platform);
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await Eventually.IsTrueAsync(() => backend.Probes >= 3, "asked three times");
        Assert.Empty(traces.Ended.Except(traces.Attempts));
        Assert.Single(traces.Attempts); // The call's, which was refused.
        backend.ProbeStatus = 200;
        await host.AnswersAsync("ok", call);
        Assert.Equal(2, traces.Attempts.Count);
        var probe = Assert.Single(traces.Probes);
        Assert.Equal(probe.SpanId, Assert.Single(Assert.Single(traces.Calls).Links).Context.SpanId);
    }

    private sealed class OwnPropagator : DistributedContextPropagator
    {
        public override IReadOnlyCollection<string> Fields => ["x-own"];

        public override void Inject(Activity? activity, object? carrier, PropagatorSetterCallback? setter) =>
            setter?.Invoke(carrier, "x-own", activity?.SpanId.ToHexString() ?? "");

        public override void ExtractTraceIdAndState(object? carrier, PropagatorGetterCallback? getter, out string? traceId, out string? traceState) => (traceId, traceState) = (null, null);

        public override IEnumerable<KeyValuePair<string, string?>>? ExtractBaggage(object? carrier, PropagatorGetterCallback? getter) => null;
    }
}

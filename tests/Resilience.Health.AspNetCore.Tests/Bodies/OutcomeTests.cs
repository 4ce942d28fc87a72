using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

public sealed class OutcomeTests
{
    [Theory]
    [InlineData(HealthPhase.Starting, HealthStatus.Healthy, true, "starting", "starting", 503)]
    [InlineData(HealthPhase.Starting, HealthStatus.Unhealthy, true, "starting", "starting", 503)]
    [InlineData(HealthPhase.Running, HealthStatus.Healthy, true, "ok", null, 200)]
    [InlineData(HealthPhase.Running, HealthStatus.Healthy, false, "ok", null, 200)]
    [InlineData(HealthPhase.Running, HealthStatus.Degraded, true, "degraded", null, 200)]
    [InlineData(HealthPhase.Running, HealthStatus.Degraded, false, "degraded", "dependency", 503)]
    [InlineData(HealthPhase.Running, HealthStatus.Unhealthy, true, "error", "dependency", 503)]
    [InlineData(HealthPhase.Draining, HealthStatus.Healthy, true, "draining", "draining", 503)]
    [InlineData(HealthPhase.Draining, HealthStatus.Unhealthy, true, "draining", "draining", 503)]
    public void Readiness_follows_phase_then_state(HealthPhase phase, HealthStatus status, bool degradedIsReady, string word, string? reason, int http)
    {
        var snapshot = Made.Snapshot(phase, Made.Check("db", status));
        var outcome = Outcome.Ready(snapshot, degradedIsReady);
        Assert.Equal((word, reason, http), (outcome.Word, outcome.Reason, outcome.Status));
        Assert.Equal(snapshot.Word, outcome.Word); // The summary's word and the HTTP status it comes with.
        if (degradedIsReady)
            Assert.Equal(snapshot.IsReady, http == 200);
    }

    [Theory]
    [InlineData(HealthPhase.Starting, 503, """{"status":"starting","reason":"starting"}""")]
    [InlineData(HealthPhase.Running, 200, """{"status":"ok"}""")]
    [InlineData(HealthPhase.Draining, 200, """{"status":"ok"}""")]
    public void Startup_is_over_for_ever_once_it_is(HealthPhase phase, int http, string body)
    {
        var outcome = Outcome.Startup(Made.Snapshot(phase, Made.Check("db", HealthStatus.Unhealthy)));
        Assert.Equal((http, body), (outcome.Status, Made.Probe(outcome)));
    }

    [Theory]
    [InlineData(HealthPhase.Starting)]
    [InlineData(HealthPhase.Running)]
    [InlineData(HealthPhase.Draining)]
    public void Liveness_knows_neither_phase_nor_dependencies(HealthPhase phase)
    {
        var outcome = Outcome.Live(Made.Snapshot(phase, Made.Check("db", HealthStatus.Unhealthy)));
        Assert.Equal((200, """{"status":"ok"}"""), (outcome.Status, Made.Probe(outcome)));
    }

    [Fact]
    public void Liveness_fails_with_the_evaluator_and_with_checks_of_this_process()
    {
        var stalled = Outcome.Live(new HealthSnapshot(HealthPhase.Running, Made.Now, isMoving: false, []));
        Assert.Equal((503, """{"status":"error","reason":"stalled"}"""), (stalled.Status, Made.Probe(stalled)));

        var loop = Made.Check("loop", HealthStatus.Unhealthy, error: "loop_dead") with { Tags = new HashSet<string> { CheckTags.Live } };
        var dead = Outcome.Live(Made.Snapshot(loop));
        Assert.Equal((503, """{"status":"error","reason":"loop_dead"}"""), (dead.Status, Made.Probe(dead)));
        Assert.Equal("failed", Outcome.Live(Made.Snapshot(loop with { Error = null })).Reason);
    }

    [Theory]
    [InlineData("well", "ok", 200)]
    [InlineData("WELL,slow", "degraded", 200)]
    [InlineData("well,slow,bad", "error", 503)]
    [InlineData("bad", "error", 503)]
    [InlineData("well,unheard-of", "error", 503)]
    [InlineData("", "error", 503)]
    public void Group_is_the_worst_of_its_checks(string names, string word, int http)
    {
        var snapshot = Made.Snapshot(
            HealthPhase.Draining, Made.Check("well"), Made.Check("slow", HealthStatus.Degraded), Made.Check("bad", HealthStatus.Unhealthy));
        var outcome = Outcome.Group(snapshot, names.Split(',', StringSplitOptions.RemoveEmptyEntries));
        Assert.Equal((word, http), (outcome.Word, outcome.Status));
    }

    [Fact]
    public void Group_that_is_degraded_is_503_where_readiness_would_be() =>
        Assert.Equal(503, Outcome.Group(Made.Snapshot(Made.Check("slow", HealthStatus.Degraded)), ["slow"], degradedIsReady: false).Status);

    [Theory]
    [InlineData("ok", null, "Healthy", """{"status":"pass"}""")]
    [InlineData("degraded", null, "Degraded", """{"status":"warn"}""")]
    [InlineData("degraded", "dependency", "Degraded", """{"status":"warn","output":"dependency"}""")]
    [InlineData("error", "dependency", "Unhealthy", """{"status":"fail","output":"dependency"}""")]
    [InlineData("starting", "starting", "Unhealthy", """{"status":"fail","output":"starting"}""")]
    [InlineData("draining", "draining", "Unhealthy", """{"status":"fail","output":"draining"}""")]
    public void Probe_has_every_format(string word, string? reason, string text, string healthJson)
    {
        var outcome = new Outcome(word, reason);
        Assert.Equal(text, Made.Probe(outcome, BodyFormat.Text));
        Assert.Equal(healthJson, Made.Probe(outcome, BodyFormat.HealthJson));
        Assert.Equal(Made.Probe(outcome), Made.Probe(outcome, BodyFormat.HealthChecksUi));
        Assert.Equal(reason is null ? 200 : 503, outcome.Status);
    }

    [Theory]
    [InlineData(HealthPhase.Starting, HealthStatus.Healthy, "Unhealthy", "fail")]
    [InlineData(HealthPhase.Running, HealthStatus.Healthy, "Healthy", "pass")]
    [InlineData(HealthPhase.Running, HealthStatus.Degraded, "Degraded", "warn")]
    [InlineData(HealthPhase.Running, HealthStatus.Unhealthy, "Unhealthy", "fail")]
    [InlineData(HealthPhase.Draining, HealthStatus.Healthy, "Unhealthy", "fail")]
    public void Overall_word_has_every_vocabulary(HealthPhase phase, HealthStatus status, string text, string healthJson)
    {
        var context = Made.Context(Made.Snapshot(phase, Made.Check("db", status)));
        Assert.Equal(text, Made.Summary(context, BodyFormat.Text));
        Assert.Equal(text, Made.Deep(context, BodyFormat.Text));
        Assert.StartsWith($$"""{"status":"{{text}}",""", Made.Deep(context, BodyFormat.HealthChecksUi), StringComparison.Ordinal);
        Assert.StartsWith($$"""{"status":"{{healthJson}}",""", Made.Deep(context, BodyFormat.HealthJson), StringComparison.Ordinal);
        Assert.StartsWith($$"""{"status":"{{context.Snapshot.Word}}","timestamp":""", Made.Deep(context), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(BodyFormat.Json, "application/json")]
    [InlineData(BodyFormat.HealthJson, "application/health+json")]
    [InlineData(BodyFormat.Text, "text/plain")]
    [InlineData(BodyFormat.HealthChecksUi, "application/json")]
    internal void Format_has_its_content_type(BodyFormat format, string type) => Assert.Equal(type, Body.ContentType(format));
}

using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

public sealed class GoldenTests
{
    // What the operations manual shows, made of checks.
    private static readonly HealthSnapshot Manual = Made.Snapshot(
        Made.Check("memgraph", latency: 5, data: ("nodeCount", 1523L)),
        Made.Check("sqlite", latency: 0.1234, data: [("size", 1048576L), ("integrityCheck", "ok")]),
        Made.Check("ai", latency: 120.5, data: [("lastRequest", Made.Now.AddMinutes(-1)), ("errorRate", 0.02)]));

    private static readonly HealthSnapshot Mixed = Made.Snapshot(
        Made.Check("orders-db", HealthStatus.Unhealthy, latency: 5_000, data: [("error", "timeout"), ("pool", 4L)]) with
        {
            Tags = new SortedSet<string> { "startup", "sql" },
            Description = "Host=db;Password=hunter2",
            Exception = new InvalidOperationException("cannot reach postgres://app:hunter2@db/x"),
        },
        Made.Check("cache", latency: 2, error: CheckErrors.Refused) with { RawStatus = HealthStatus.Unhealthy },
        Made.Check("mail", HealthStatus.Degraded, latency: 2, error: CheckErrors.Http(503)) with { RawStatus = HealthStatus.Unhealthy, IsCritical = false },
        Made.Check("ai", HealthStatus.Unhealthy, word: "unknown", latency: 0, error: CheckErrors.NotRun) with { IsKnown = false, CheckedAt = null });

    [Fact]
    public void Summary_for_anybody_is_status_and_time() =>
        Assert.Equal("""{"status":"ok","timestamp":"2024-10-25T10:00:00Z"}""", Made.Summary(Made.Context(Manual, Exposure.StatusOnly)));

    [Theory]
    [InlineData(Exposure.Names)]
    [InlineData(Exposure.Data)]
    [InlineData(Exposure.Full)]
    internal void Summary_is_the_manuals(Exposure exposure) => Assert.Equal(
        Made.Golden("health.json"),
        Made.Summary(Made.Context(Made.Snapshot(Made.Check("memgraph", word: "connected"), Made.Check("filesystem"), Made.Check("ai")), exposure)));

    [Fact]
    public void Deep_document_is_the_manuals_and_what_we_add()
    {
        var deep = Made.Deep(Made.Context(Manual));
        Assert.Equal(Made.Golden("deep.json"), deep);
        AssertContains(JsonDocument.Parse(Made.Golden("deep-seed.json")).RootElement, JsonDocument.Parse(deep).RootElement);
    }

    [Fact]
    public void Deep_document_in_full_has_descriptions_and_exceptions_without_secrets() =>
        Assert.Equal(Made.Golden("deep-full.json"), Made.Deep(Made.Context(Mixed, Exposure.Full)));

    [Fact]
    public void Deep_document_by_names_has_words_only() => Assert.Equal(
        """{"status":"error","timestamp":"2024-10-25T10:00:00Z","version":"1.0.0","checks":{"orders-db":{"status":"error"},"cache":{"status":"ok"},"mail":{"status":"degraded"},"ai":{"status":"unknown"}}}""",
        Made.Deep(Made.Context(Mixed, Exposure.Names)));

    [Fact]
    public void Health_json_is_the_drafts()
    {
        Assert.Equal(Made.Golden("health-json.json"), Made.Deep(Made.Context(Mixed), BodyFormat.HealthJson));
        Assert.Equal("""{"status":"fail"}""", Made.Summary(Made.Context(Mixed, Exposure.StatusOnly), BodyFormat.HealthJson));
        Assert.Equal("""{"status":"fail","output":"draining"}""", Made.Summary(Made.Context(Made.Snapshot(HealthPhase.Draining), Exposure.StatusOnly), BodyFormat.HealthJson));
    }

    [Fact]
    public void Health_checks_ui_reads_its_own_shape()
    {
        Assert.Equal(Made.Golden("health-checks-ui.json"), Made.Deep(Made.Context(Mixed), BodyFormat.HealthChecksUi));
        Assert.Equal(Made.Golden("health-checks-ui-full.json"), Made.Deep(Made.Context(Mixed, Exposure.Full), BodyFormat.HealthChecksUi));
        Assert.Equal("""{"status":"Unhealthy","totalDuration":"00:00:00","entries":{}}""", Made.Summary(Made.Context(Mixed, Exposure.StatusOnly), BodyFormat.HealthChecksUi));
    }

    // The same members in the same order with the same values; others may stand between them, but not before the first.
    private static void AssertContains(JsonElement expected, JsonElement actual)
    {
        Assert.Equal(expected.ValueKind, actual.ValueKind);
        if (expected.ValueKind != JsonValueKind.Object)
        {
            Assert.Equal(expected.GetRawText(), actual.GetRawText());
            return;
        }

        var wanted = expected.EnumerateObject().Select(member => member.Name).ToList();
        var found = actual.EnumerateObject().Select(member => member.Name).ToList();
        Assert.Equal(wanted, found.Where(wanted.Contains));
        Assert.Equal(wanted[0], found[0]);
        Assert.All(expected.EnumerateObject(), member => AssertContains(member.Value, actual.GetProperty(member.Name)));
    }
}

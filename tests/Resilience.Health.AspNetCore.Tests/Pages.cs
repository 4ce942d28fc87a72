using System.Buffers;
using System.Text;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore.Tests;

/// <summary>Services in all kinds of states, and their status pages.</summary>
internal static class Pages
{
    public static readonly DateTimeOffset Now = new(2026, 3, 29, 12, 0, 0, TimeSpan.Zero);

    public static readonly ProcessUsage Usage = new(new TimeSpan(2, 4, 13, 5), 412L << 20, 1L << 30, 0.073);

    public static string Render(HealthSnapshot snapshot, ProcessUsage? usage = null, string title = "Orders API", string version = "1.4.2", bool showMessages = true)
    {
        var output = new ArrayBufferWriter<byte>();
        StatusPage.Render(output, snapshot, usage ?? Usage, title, version, Now, showMessages);
        return Encoding.UTF8.GetString(output.WrittenSpan);
    }

    public static HealthSnapshot Snapshot(HealthPhase phase, params IReadOnlyList<CheckSnapshot> checks) => new(phase, Now, isMoving: true, checks);

    public static CheckSnapshot Check(string name, HealthStatus status = HealthStatus.Healthy, bool critical = true, string? error = null) => new()
    {
        Name = name,
        Tags = new HashSet<string>(),
        IsCritical = critical,
        Status = status,
        RawStatus = status,
        IsKnown = true,
        Error = error,
        Word = status switch { HealthStatus.Healthy => "ok", HealthStatus.Degraded => "degraded", _ => "error" },
        Latency = TimeSpan.FromMilliseconds(1.8),
        CheckedAt = Now.AddSeconds(-4),
        Since = Now.AddHours(-3),
        Runs = 400,
        History = [new(Now.AddHours(-3), status, error)],
    };

    public static CheckSnapshot Unknown(string name, params string[] tags) => new()
    {
        Name = name,
        Tags = new HashSet<string>(tags),
        IsCritical = true,
        Error = CheckErrors.NotRun,
        Since = Now.AddSeconds(-3),
    };

    /// <summary>Changes so many minutes ago.</summary>
    public static IReadOnlyList<CheckChange> Changes(params (double MinutesAgo, HealthStatus Status, string? Error)[] changes) =>
        [.. changes.Select(change => new CheckChange(Now.AddMilliseconds(-Math.Round(change.MinutesAgo * 60_000)), change.Status, change.Error))];

    public static HealthSnapshot Well() => Snapshot(
        HealthPhase.Running,
        Check("orders-db") with
        {
            Word = "connected",
            Data = new Dictionary<string, object?> { ["connections"] = 12, ["idle"] = 9, ["version"] = "15.18" },
            History = Changes((180, HealthStatus.Healthy, null), (41, HealthStatus.Unhealthy, "refused"), (38.5, HealthStatus.Healthy, null)),
        },
        Check("cache", critical: false) with
        {
            Word = "connected",
            Latency = TimeSpan.FromMilliseconds(0.4),
            Data = new Dictionary<string, object?> { ["used_memory_mb"] = 84.25, ["role"] = "master" },
            History = Changes((180, HealthStatus.Healthy, null), (52, HealthStatus.Degraded, "timeout"), (51.9, HealthStatus.Healthy, null), (12, HealthStatus.Degraded, "timeout"), (11, HealthStatus.Healthy, null)),
        },
        Check("catalog") with { Data = new Dictionary<string, object?> { ["errorRate"] = 0.002, ["lastRequest"] = Now.AddSeconds(-1), ["endpoints"] = new List<object?> { "10.0.0.4", "10.0.0.5" } } },
        Check("disk") with { Data = new Dictionary<string, object?> { ["freeGb"] = 38.4, ["path"] = "/var/lib/orders" } },
        Check("memory", critical: false),
        Check("outbox-loop"));

    public static HealthSnapshot Failed() => Snapshot(
        HealthPhase.Running,
        Well()["catalog"]!,
        Check("orders-db", HealthStatus.Unhealthy, error: "refused") with
        {
            Since = Now.AddSeconds(-130),
            Failures = 6,
            Latency = TimeSpan.FromMilliseconds(2.1),
            Description = "Failed to connect to 10.0.0.7:5432",
            Exception = new InvalidOperationException("Connection refused"),
            Data = new Dictionary<string, object?> { ["connections"] = 0, ["attempted"] = TimeSpan.FromSeconds(5) },
            History = Changes((180, HealthStatus.Healthy, null), (44, HealthStatus.Unhealthy, "timeout"), (43.8, HealthStatus.Healthy, null), (2.2, HealthStatus.Unhealthy, "refused")),
        },
        Well()["disk"]!,
        Check("cache", HealthStatus.Degraded, critical: false, error: "timeout") with
        {
            Since = Now.AddMinutes(-21),
            Failures = 1,
            Latency = TimeSpan.FromSeconds(5),
            History = Changes((180, HealthStatus.Healthy, null), (21, HealthStatus.Degraded, "timeout")),
        },
        Well()["memory"]!,
        Well()["outbox-loop"]!);

    public static HealthSnapshot Starting() => Snapshot(
        HealthPhase.Starting,
        Unknown("orders-db", CheckTags.Startup) with { IsKnown = true, Word = "error", Error = "starting", Failures = 3, CheckedAt = Now.AddSeconds(-0.3), Latency = TimeSpan.FromMilliseconds(12), History = Changes((0.05, HealthStatus.Unhealthy, "starting")) },
        Unknown("cache", CheckTags.Startup),
        Check("disk") with { Since = Now.AddSeconds(-3), History = Changes((0.05, HealthStatus.Healthy, null)) },
        Unknown("catalog"));

    public static HealthSnapshot Many() => Snapshot(
        HealthPhase.Running,
        [.. Enumerable.Range(0, 200).Select(i => Check($"backend-{i:000}", i % 37 == 5 ? HealthStatus.Degraded : HealthStatus.Healthy, critical: i % 37 != 5, i % 37 == 5 ? "http_503" : null) with
        {
            Data = new Dictionary<string, object?> { ["calls"] = i * 17, ["errorRate"] = i / 5000.0, ["region"] = "eu-west" },
            History = [.. Enumerable.Range(0, 50).Select(k => new CheckChange(Now.AddMinutes(-58 + (k * 1.1) + (i % 3)), k % 2 == 1 ? HealthStatus.Healthy : HealthStatus.Unhealthy, k % 2 == 1 ? null : "http_503"))],
        })]);

    public static HealthSnapshot Hostile()
    {
        const string Script = "<script>alert('x')</script>";
        return Snapshot(
            HealthPhase.Running,
            Check($"{Script}\"'&\u0000\u001b[31m", HealthStatus.Unhealthy, error: "</code><img src=x onerror=alert(1)>") with
            {
                Word = "\"><script>",
                Description = $"</p>{Script}\r\n\u202Egnp.exe\u2028 \ud800 end",
                Exception = new InvalidOperationException($"]]>{Script}"),
                Data = new Dictionary<string, object?>
                {
                    [$"</dt>{Script}"] = $"</dd>{Script}",
                    ["list"] = new List<object?> { Script, new List<object?> { Script } },
                    ["map"] = new Dictionary<string, object?> { [Script] = Script },
                    ["long"] = new string('W', 5000),
                },
                History = [new(Now.AddMinutes(-20), HealthStatus.Unhealthy, $"</title>{Script}")],
            },
            Check(new string('n', 3000)),
            Check("名前 – naïve 🙂", critical: false));
    }
}

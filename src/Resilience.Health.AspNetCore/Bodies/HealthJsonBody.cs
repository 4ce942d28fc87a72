using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// draft-inadarei-api-health-check-06: <c>status</c> pass, warn or fail; from <see cref="Exposure.Names"/> on <c>version</c>, <c>releaseId</c> and <c>checks</c>, where each key has a
/// list of one. A check's key is its name and the draft's <c>:responseTime</c>; the process's are those that the draft names.
/// </summary>
internal static class HealthJsonBody
{
    private const int MiB = 1 << 20;

    public static void Write(IBufferWriter<byte> output, BodyContext context)
    {
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteString("status"u8, Utf8(context.Snapshot.Word));
        if (context.Snapshot.Phase != HealthPhase.Running)
            json.WriteString("output"u8, context.Snapshot.Word);
        if (context.Exposure >= Exposure.Names)
        {
            json.WriteText("version"u8, context.Version);
            json.WriteText("releaseId"u8, context.Version);
            json.WriteStartObject("checks"u8);
            Checks(json, context);
            Process(json, context);
            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    public static void WriteProbe(IBufferWriter<byte> output, Outcome outcome)
    {
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteString("status"u8, Utf8(outcome.Word));
        if (outcome.Reason is { } reason)
            json.WriteText("output"u8, reason);
        json.WriteEndObject();
    }

    private static void Checks(Utf8JsonWriter json, BodyContext context)
    {
        var checks = context.Snapshot.Checks;
        for (var index = 0; index < checks.Count; index++)
        {
            Begin(json, CheckName.Of(checks, index) + ":responseTime", Utf8(checks[index].Status));
            if (context.Exposure >= Exposure.Data)
                Details(json, checks[index], context.Exposure);
            End(json);
        }
    }

    private static void Details(Utf8JsonWriter json, CheckSnapshot check, Exposure exposure)
    {
        if (check.CheckedAt is { } at)
        {
            json.WriteMilliseconds("observedValue"u8, check.Latency);
            json.WriteString("observedUnit"u8, "ms"u8);
            json.WriteTime("time"u8, at);
        }

        // Only for what does not pass, says the draft.
        if (check.Status != HealthStatus.Healthy && exposure == Exposure.Full && check.Description is { } description)
            json.WriteString("output"u8, Redaction.Of(description));
        else if (check.Status != HealthStatus.Healthy && check.Error is { } error)
            json.WriteText("output"u8, error);
    }

    // No check's key: theirs end in :responseTime.
    private static void Process(Utf8JsonWriter json, BodyContext context)
    {
        var usage = context.Usage;
        Begin(json, "uptime", "pass"u8);
        Observed(json, (long)Math.Max(0, usage.Uptime.TotalSeconds), "s"u8);
        End(json);
        Begin(json, "memory:utilization", "pass"u8);
        Observed(json, usage.MemoryUsed / MiB, "MiB"u8);
        End(json);
        Begin(json, "cpu:utilization", "pass"u8);
        Observed(json, SummaryBody.Percent(usage.Cpu), "percent"u8);
        End(json);

        void Observed(Utf8JsonWriter json, long value, ReadOnlySpan<byte> unit)
        {
            json.WriteNumber("observedValue"u8, value);
            json.WriteString("observedUnit"u8, unit);
            json.WriteTime("time"u8, context.Now);
        }
    }

    private static void Begin(Utf8JsonWriter json, string key, ReadOnlySpan<byte> status)
    {
        json.WriteStartArray(key);
        json.WriteStartObject();
        json.WriteString("status"u8, status);
    }

    private static void End(Utf8JsonWriter json)
    {
        json.WriteEndObject();
        json.WriteEndArray();
    }

    private static ReadOnlySpan<byte> Utf8(string word) => word switch
    {
        "ok" => "pass"u8,
        "degraded" => "warn"u8,
        _ => "fail"u8,
    };

    private static ReadOnlySpan<byte> Utf8(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "pass"u8,
        HealthStatus.Degraded => "warn"u8,
        _ => "fail"u8,
    };
}

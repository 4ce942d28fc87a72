using System.Buffers;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// <c>status</c>, <c>timestamp</c>, <c>version</c> and <c>checks</c>: of each its <c>status</c>, <c>latency</c> and <c>ageMs</c> in milliseconds (absent before its first
/// run), <c>critical</c>, the <c>error</c>'s code, <c>rawStatus</c> where the newest run said something else, and then what it measured, side by side with these.
/// </summary>
internal static class DeepBody
{
    public static void Write(IBufferWriter<byte> output, BodyContext context)
    {
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteHead(context);
        if (context.Exposure >= Exposure.Names)
        {
            var checks = context.Snapshot.Checks;
            json.WriteStartObject("checks"u8);
            for (var index = 0; index < checks.Count; index++)
            {
                json.WriteStartObject(CheckName.Of(checks, index));
                Check(json, checks[index], context);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        json.WriteEndObject();
    }

    private static void Check(Utf8JsonWriter json, CheckSnapshot check, BodyContext context)
    {
        json.WriteString("status"u8, check.ShownWord());
        if (context.Exposure < Exposure.Data)
            return;
        if (check.CheckedAt is { } at)
        {
            json.WriteMilliseconds("latency"u8, check.Latency);
            json.WriteNumber("ageMs"u8, (long)Math.Max(0, (context.Now - at).TotalMilliseconds));
        }

        json.WriteBoolean("critical"u8, check.IsCritical);
        if (check.Error is { } error)
            json.WriteText("error"u8, error);
        if (check.CheckedAt is not null && check.RawStatus != check.Status)
            json.WriteString("rawStatus"u8, RawWord(check.RawStatus));
        if (context.Exposure == Exposure.Full)
            Fault(json, check);
        Data(json, check);
    }

    private static void Fault(Utf8JsonWriter json, CheckSnapshot check)
    {
        if (check.Description is { } description)
            json.WriteString("description"u8, Redaction.Of(description));
        if (check.Exception is not { } exception)
            return;
        json.WriteStartObject("exception"u8);
        json.WriteText("type"u8, exception.GetType().FullName ?? exception.GetType().Name);
        json.WriteString("message"u8, ExceptionText.Message(exception));
        json.WriteEndObject();
    }

    private static void Data(Utf8JsonWriter json, CheckSnapshot check)
    {
        foreach (var (key, value) in check.Data)
        {
            if (key == CheckErrors.DataKey && check.Error is not null && check.Error.Equals(value as string, StringComparison.Ordinal))
                continue; // Said already: this is where the check stated its code.
            json.WritePropertyName(IsReserved(key) ? Unused(key, check.Data) : key);
            json.WriteData(value);
        }
    }

    // All of them at every exposure, so that what a check measured has one name.
    private static bool IsReserved(string key) => key is "status" or "latency" or "ageMs" or "critical" or "error" or "rawStatus" or "description" or "exception";

    private static string Unused(string key, IReadOnlyDictionary<string, object?> data)
    {
        do
            key = "data_" + key;
        while (data.ContainsKey(key));
        return key;
    }

    private static string RawWord(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "degraded",
        _ => "error",
    };
}

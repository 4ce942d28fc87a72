using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// What AspNetCore.HealthChecks.UI polls: <c>status</c>, <c>totalDuration</c>, and <c>entries</c> with <c>data</c>, <c>description</c>, <c>duration</c>, <c>exception</c>,
/// <c>status</c> and <c>tags</c>. The description is the error's code for those who may not see more. Checks run side by side: the total is the longest.
/// </summary>
internal static class HealthChecksUiBody
{
    public static void Write(IBufferWriter<byte> output, BodyContext context)
    {
        var checks = context.Exposure >= Exposure.Names ? context.Snapshot.Checks : [];
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteString("status"u8, TextBody.Utf8(context.Snapshot.Word));
        Duration(json, "totalDuration"u8, context.Exposure >= Exposure.Data ? Longest(checks) : TimeSpan.Zero);
        json.WriteStartObject("entries"u8);
        for (var index = 0; index < checks.Count; index++)
        {
            json.WriteStartObject(CheckName.Of(checks, index));
            Entry(json, checks[index], context.Exposure);
            json.WriteEndObject();
        }

        json.WriteEndObject();
        json.WriteEndObject();
    }

    // A dashboard takes a missing member for a broken service: all that it wants are there at every exposure, if empty.
    private static void Entry(Utf8JsonWriter json, CheckSnapshot check, Exposure exposure)
    {
        var (showsData, showsAll) = (exposure >= Exposure.Data, exposure == Exposure.Full);
        json.WriteStartObject("data"u8);
        if (showsData)
            Data(json, check);
        json.WriteEndObject();
        if (showsAll && check.Description is { } description)
            json.WriteString("description"u8, Redaction.Of(description));
        else if (showsData && check.Error is { } error)
            json.WriteText("description"u8, error);
        Duration(json, "duration"u8, showsData ? check.Latency : TimeSpan.Zero);
        if (showsAll && check.Exception is { } exception)
            json.WriteString("exception"u8, ExceptionText.Message(exception));
        json.WriteString("status"u8, TextBody.Utf8(check.Status));
        json.WriteStartArray("tags"u8);
        if (showsData)
        {
            foreach (var tag in check.Tags)
                json.WriteTextValue(tag);
        }

        json.WriteEndArray();
    }

    private static void Data(Utf8JsonWriter json, CheckSnapshot check)
    {
        foreach (var (key, value) in check.Data)
        {
            json.WritePropertyName(key);
            json.WriteData(value);
        }
    }

    private static TimeSpan Longest(IReadOnlyList<CheckSnapshot> checks)
    {
        var longest = TimeSpan.Zero;
        foreach (var check in checks)
            longest = check.Latency > longest ? check.Latency : longest;
        return longest;
    }

    private static void Duration(Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan time)
    {
        Span<byte> text = stackalloc byte[32];
        time.TryFormat(text, out var length, "c", CultureInfo.InvariantCulture);
        json.WriteString(name, text[..length]);
    }
}

using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Resilience.Health.AspNetCore;

/// <summary>What the JSON bodies have in common. Numbers and times read the same in every culture.</summary>
internal static class JsonParts
{
    private const int LongestText = 1_024;

    private static readonly JsonWriterOptions Options = new()
    {
        // Letters of all alphabets stay readable. What could mean something in HTML is still escaped: somebody will show this in a page.
        Encoder = JavaScriptEncoder.Create(UnicodeRanges.All),
    };

    /// <summary>To be disposed, or its last bytes are lost.</summary>
    public static Utf8JsonWriter Writer(IBufferWriter<byte> output) => new(output, Options);

    /// <summary>What the summary and the deep document begin with.</summary>
    public static void WriteHead(this Utf8JsonWriter json, BodyContext context)
    {
        json.WriteString("status"u8, context.Snapshot.Word);
        json.WriteTime("timestamp"u8, context.Now);
        if (context.Exposure >= Exposure.Names)
            json.WriteText("version"u8, context.Version);
    }

    public static string ShownWord(this CheckSnapshot check) => PlainText.Of(check.Word, LongestText);

    /// <summary>Text that somebody else gave us.</summary>
    public static void WriteText(this Utf8JsonWriter json, ReadOnlySpan<byte> name, string text) => json.WriteString(name, PlainText.Of(text, LongestText));

    public static void WriteTextValue(this Utf8JsonWriter json, string text) => json.WriteStringValue(PlainText.Of(text, LongestText));

    /// <summary>In UTC, to the second.</summary>
    public static void WriteTime(this Utf8JsonWriter json, ReadOnlySpan<byte> name, DateTimeOffset time)
    {
        json.WritePropertyName(name);
        json.WriteTimeValue(time, "yyyy-MM-dd'T'HH:mm:ss'Z'");
    }

    /// <summary>As a number, to the microsecond.</summary>
    public static void WriteMilliseconds(this Utf8JsonWriter json, ReadOnlySpan<byte> name, TimeSpan time) =>
        json.WriteNumber(name, Math.Round(Math.Max(0, time.TotalMilliseconds), 3));

    /// <summary>A value that the evaluator has cleaned.</summary>
    public static void WriteData(this Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null or double.NaN or double.PositiveInfinity or double.NegativeInfinity: json.WriteNullValue(); break;
            case string text: json.WriteStringValue(text); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int number: json.WriteNumberValue(number); break;
            case long number: json.WriteNumberValue(number); break;
            case decimal number: json.WriteNumberValue(number); break;
            case double number: json.WriteNumberValue(number); break;
            case TimeSpan time: json.WriteNumberValue(time.TotalMilliseconds); break;
            case DateTimeOffset time: json.WriteTimeValue(time, "yyyy-MM-dd'T'HH:mm:ss.FFFFFFF'Z'"); break;
            case IReadOnlyDictionary<string, object?> map: WriteMap(json, map); break;
            case IEnumerable list: WriteList(json, list); break;
            default: json.WriteStringValue(value.GetType().Name); break;
        }
    }

    private static void WriteMap(Utf8JsonWriter json, IReadOnlyDictionary<string, object?> map)
    {
        json.WriteStartObject();
        foreach (var (key, value) in map)
        {
            json.WritePropertyName(key);
            json.WriteData(value);
        }

        json.WriteEndObject();
    }

    private static void WriteList(Utf8JsonWriter json, IEnumerable list)
    {
        json.WriteStartArray();
        foreach (var value in list)
            json.WriteData(value);
        json.WriteEndArray();
    }

    private static void WriteTimeValue(this Utf8JsonWriter json, DateTimeOffset time, string format)
    {
        Span<byte> text = stackalloc byte[32];
        time.UtcDateTime.TryFormat(text, out var length, format, CultureInfo.InvariantCulture);
        json.WriteStringValue(text[..length]);
    }
}

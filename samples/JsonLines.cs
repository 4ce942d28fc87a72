using System.Buffers;
using System.Collections;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Samples;

/// <summary>
/// A line of JSON per log entry, for whatever collects logs: level, timestamp, module, action, message, the values that the message names, requestId, traceId, error.
/// Chosen by <c>Logging:Console:FormatterName</c>, which appsettings.Production.json sets. Nothing that is logged makes it throw: the caller of a log method expects that least of all.
/// </summary>
public sealed class JsonLines() : ConsoleFormatter(FormatterName)
{
    public const string FormatterName = "json-lines";

    // For files and collectors, not for pages: quotes and letters of all languages stay readable.
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var line = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(line, Options))
        {
            var (entry, values, ids) = (logEntry, new List<KeyValuePair<string, object?>>(), new Dictionary<string, object?>(StringComparer.Ordinal));
            json.WriteStartObject();
            json.WriteString("level", Word(entry.LogLevel));
            json.WriteString("timestamp", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("module", entry.Category[(entry.Category.LastIndexOf('.') + 1)..]);
            if (entry.EventId.Name is { Length: > 0 } action)
                json.WriteString("action", action);
            json.WriteString("message", Safely(() => entry.Formatter(entry.State, entry.Exception)));
            Safely(() => AddValues(entry.State, values));
            WriteValues(json, values);
            Safely(() => AddIds(scopeProvider, ids));
            foreach (var (name, id) in ids)
                json.WriteString(name, Text(id));
            if (entry.Exception is { } exception)
                WriteError(json, exception);
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }

    /// <summary>What the message's template names, and no more: a state without a template, the headers of a request say, has its message only.</summary>
    private static string? AddValues<TState>(TState state, List<KeyValuePair<string, object?>> values)
    {
        if (state is IReadOnlyList<KeyValuePair<string, object?>> { Count: > 1 } all && all[^1].Key == "{OriginalFormat}")
            values.AddRange(all.SkipLast(1));
        return null;
    }

    // The innermost scope's win: a request within a request has its own.
    private static string? AddIds(IExternalScopeProvider? scopes, Dictionary<string, object?> ids)
    {
        scopes?.ForEachScope(
            static (scope, ids) =>
            {
                foreach (var (name, value) in scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                {
                    if (name is "RequestId" or "TraceId")
                        ids[JsonNamingPolicy.CamelCase.ConvertName(name)] = value;
                }
            },
            ids);
        return null;
    }

    private static void WriteValues(Utf8JsonWriter json, List<KeyValuePair<string, object?>> values)
    {
        var used = new HashSet<string>(["level", "timestamp", "module", "action", "message", "requestId", "traceId", "error"], StringComparer.Ordinal);
        foreach (var (name, value) in values)
        {
            var field = JsonNamingPolicy.CamelCase.ConvertName(name ?? "null");
            while (!used.Add(field))
                field += "_";
            json.WritePropertyName(field);
            if (Items(value) is not { } items)
            {
                WriteValue(json, value);
                continue;
            }

            json.WriteStartArray();
            foreach (var item in items)
                WriteValue(json, item);
            json.WriteEndArray();
        }
    }

    // Of what has an end: not of a query, which may ask a database. Bytes are seldom meant to be read.
    private static List<object?>? Items(object? value)
    {
        if (value is byte[] || value is not (ICollection or IReadOnlyCollection<object>))
            return null;
        var items = new List<object?>();
        return Safely(() => { items.AddRange(((IEnumerable)value).Cast<object?>()); return null; }) is null ? items : null;
    }

    private static void WriteValue(Utf8JsonWriter json, object? value)
    {
        switch (value)
        {
            case null: json.WriteNullValue(); break;
            case bool flag: json.WriteBooleanValue(flag); break;
            case int or long or short or sbyte or byte or uint or ushort: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
            case ulong number: json.WriteNumberValue(number); break;
            case float number when float.IsFinite(number): json.WriteNumberValue(number); break;
            case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
            case decimal number: json.WriteNumberValue(number); break;
            case byte[] bytes: json.WriteBase64StringValue(bytes); break;
            default: json.WriteStringValue(Text(value)); break;
        }
    }

    private static void WriteError(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartObject("error");
        json.WriteString("type", exception.GetType().FullName);
        json.WriteString("message", Safely(() => exception.Message));
        json.WriteString("stack", Safely(exception.ToString));
        json.WriteEndObject();
    }

    private static string? Text(object? value) => Safely(() => Convert.ToString(value, CultureInfo.InvariantCulture));

    /// <summary>Code of whoever logs: what it throws is told in place of what it should say.</summary>
    private static string? Safely(Func<string?> text)
    {
        try
        {
            return text();
        }
        catch (Exception e)
        {
            return $"(threw {e.GetType()})";
        }
    }

    private static string Word(LogLevel level) => level switch
    {
        LogLevel.Trace => "trace",
        LogLevel.Debug => "debug",
        LogLevel.Information => "info",
        LogLevel.Warning => "warn",
        LogLevel.Error => "error",
        _ => "critical",
    };
}

public static class JsonLinesExtensions
{
    public static ILoggingBuilder AddJsonLines(this ILoggingBuilder logging) => logging.AddConsoleFormatter<JsonLines, ConsoleFormatterOptions>();
}

using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;

namespace Samples;

/// <summary>
/// A line of JSON per log entry, for whatever collects logs: level, timestamp, module, action, message, the values that the message names, requestId, traceId, error.
/// Chosen by <c>Logging:Console:FormatterName</c>, which appsettings.Production.json sets.
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
            json.WriteStartObject();
            json.WriteString("level", Word(logEntry.LogLevel));
            json.WriteString("timestamp", DateTimeOffset.UtcNow.ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteString("module", logEntry.Category[(logEntry.Category.LastIndexOf('.') + 1)..]);
            if (logEntry.EventId.Name is { Length: > 0 } action)
                json.WriteString("action", action);
            json.WriteString("message", logEntry.Formatter(logEntry.State, logEntry.Exception));
            var used = new HashSet<string>(["level", "timestamp", "module", "action", "message", "requestId", "traceId", "error"], StringComparer.Ordinal);
            WriteValues(json, logEntry.State, used);
            if (scopeProvider is not null)
                WriteRequest(json, scopeProvider);
            if (logEntry.Exception is { } exception)
                WriteError(json, exception);
            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(line.WrittenSpan));
    }

    /// <summary>What the message's template names, and no more: a state without a template, the headers of a request say, has its message only.</summary>
    private static void WriteValues<TState>(Utf8JsonWriter json, TState state, HashSet<string> used)
    {
        if (state is not IReadOnlyList<KeyValuePair<string, object?>> { Count: > 1 } values || values[^1].Key != "{OriginalFormat}")
            return;
        foreach (var (name, value) in values.SkipLast(1))
        {
            var field = JsonNamingPolicy.CamelCase.ConvertName(name);
            while (!used.Add(field))
                field += "_";
            json.WritePropertyName(field);
            switch (value)
            {
                case null: json.WriteNullValue(); break;
                case bool flag: json.WriteBooleanValue(flag); break;
                case int or long or short or byte or uint or ushort: json.WriteNumberValue(Convert.ToInt64(value, CultureInfo.InvariantCulture)); break;
                case double number when double.IsFinite(number): json.WriteNumberValue(number); break;
                case decimal number: json.WriteNumberValue(number); break;
                default: json.WriteStringValue(Convert.ToString(value, CultureInfo.InvariantCulture)); break;
            }
        }
    }

    // The innermost scope's win: a request within a request has its own.
    private static void WriteRequest(Utf8JsonWriter json, IExternalScopeProvider scopes)
    {
        var ids = new Dictionary<string, object?>(StringComparer.Ordinal);
        scopes.ForEachScope(
            static (scope, ids) =>
            {
                foreach (var (name, value) in scope as IEnumerable<KeyValuePair<string, object?>> ?? [])
                {
                    if (name is "RequestId" or "TraceId")
                        ids[JsonNamingPolicy.CamelCase.ConvertName(name)] = value;
                }
            },
            ids);
        foreach (var (name, id) in ids)
            json.WriteString(name, Convert.ToString(id, CultureInfo.InvariantCulture));
    }

    private static void WriteError(Utf8JsonWriter json, Exception exception)
    {
        json.WriteStartObject("error");
        json.WriteString("type", exception.GetType().FullName);
        json.WriteString("message", exception.Message);
        json.WriteString("stack", exception.ToString());
        json.WriteEndObject();
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

using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Samples;
using Xunit;

#pragma warning disable CA1848, CA1873 // One entry each, of templates that occur once.

namespace Resilience.Samples.Tests.Logs;

/// <summary>What the samples' formatter makes of an entry.</summary>
public sealed class JsonLinesTests
{
    [Fact]
    public void Entry_has_level_time_module_action_message_and_the_values_that_the_message_names()
    {
        var before = DateTimeOffset.UtcNow.AddMilliseconds(-1);
        var entry = Single(logger => logger.Log(LogLevel.Warning, new EventId(7, "read"), "Read {Path} in {Duration} ms, {Share}, {Whole}: {Missing}", "/src/App.tsx", 23, 0.5, true, null));

        Assert.Equal(["level", "timestamp", "module", "action", "message", "path", "duration", "share", "whole", "missing"], entry.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("warn", "FileService", "read"), (Text(entry, "level"), Text(entry, "module"), Text(entry, "action")));
        Assert.Equal("Read /src/App.tsx in 23 ms, 0.5, True: (null)", Text(entry, "message"));
        Assert.Equal(("/src/App.tsx", 23, 0.5, true), (Text(entry, "path"), entry.GetProperty("duration").GetInt32(), entry.GetProperty("share").GetDouble(), entry.GetProperty("whole").GetBoolean()));
        Assert.Equal(JsonValueKind.Null, entry.GetProperty("missing").ValueKind);
        Assert.Matches(@"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$", Text(entry, "timestamp"));
        Assert.InRange(DateTimeOffset.Parse(Text(entry, "timestamp"), CultureInfo.InvariantCulture), before, DateTimeOffset.UtcNow);
    }

    [Theory]
    [InlineData("two\nlines\r\nand a tab\t")]
    [InlineData("\"quoted\" and \\ back")]
    [InlineData("a duck 🦆, ünïcode, \u2028 and \0")]
    [InlineData("{\"level\":\"error\"}")]
    public void Text_that_is_no_JSON_comes_back_unchanged_and_stays_one_line(string text)
    {
        var entry = Single(logger => logger.LogInformation("It says {Text}", text));

        Assert.Equal(text, Text(entry, "text"));
        Assert.Equal("It says " + text, Text(entry, "message"));
    }

    [Fact]
    public void Half_an_emoji_is_replaced() => Assert.Equal("\uFFFD!", Text(Single(logger => logger.LogInformation("{Text}", "\uD83D!")), "text"));

    [Fact]
    public void Exception_is_told_with_type_message_and_stack()
    {
        var thrown = Assert.Throws<InvalidOperationException>(new Action(() => throw new InvalidOperationException("No \"disk\".\nReally.", new IOException("full"))));

        var error = Single(logger => logger.LogError(thrown, "It failed.")).GetProperty("error");

        Assert.Equal(("System.InvalidOperationException", "No \"disk\".\nReally."), (Text(error, "type"), Text(error, "message")));
        Assert.Contains(nameof(Exception_is_told_with_type_message_and_stack), Text(error, "stack"), StringComparison.Ordinal);
        Assert.Contains("IOException: full", Text(error, "stack"), StringComparison.Ordinal);
    }

    [Fact]
    public void Value_named_like_a_field_of_the_line_does_not_replace_it()
    {
        var entry = Single(logger => logger.LogInformation("{Level} {Message} {RequestId} {Level}", "mine", "own", "forged", "again"));

        Assert.Equal(("info", "mine own forged again"), (Text(entry, "level"), Text(entry, "message")));
        Assert.Equal(("mine", "own", "forged", "again"), (Text(entry, "level_"), Text(entry, "message_"), Text(entry, "requestId_"), Text(entry, "level__")));
    }

    [Fact]
    public void Request_is_told_by_its_id_and_trace_and_nothing_else_of_its_scopes()
    {
        var scopes = new LoggerExternalScopeProvider();
        using var outer = scopes.Push(Scope(("RequestId", "outer"), ("RequestPath", "/secret?token=1")));
        using var trace = scopes.Push(Scope(("SpanId", "s"), ("TraceId", "4bf92f3577b34da6a3ce929d0e0e4736")));
        using var words = scopes.Push("some words");
        using var inner = scopes.Push(Scope(("RequestId", "req-1")));

        var entry = Single(logger => logger.LogInformation("Hello"), scopes);

        Assert.Equal(["level", "timestamp", "module", "message", "requestId", "traceId"], entry.EnumerateObject().Select(field => field.Name));
        Assert.Equal(("req-1", "4bf92f3577b34da6a3ce929d0e0e4736"), (Text(entry, "requestId"), Text(entry, "traceId")));
    }

    [Fact]
    public void State_without_a_template_has_its_message_only()
    {
        var headers = Scope(("Authorization", "Bearer Zq7xWvpA"), ("Cookie", "Zq7xWvpA"));

        var entry = Single(logger => logger.Log(LogLevel.Trace, default, headers, null, (_, _) => "Request Headers:"));

        Assert.Equal(["level", "timestamp", "module", "message"], entry.EnumerateObject().Select(field => field.Name));
        Assert.Equal("trace", Text(entry, "level"));
    }

    private static KeyValuePair<string, object?>[] Scope(params (string Name, object? Value)[] values) => [.. values.Select(value => KeyValuePair.Create(value.Name, value.Value))];

    private static string Text(JsonElement entry, string field) => entry.GetProperty(field).GetString() ?? "";

    private static JsonElement Single(Action<ILogger> log, IExternalScopeProvider? scopes = null)
    {
        var logger = new Logger(scopes);
        log(logger);
        var line = logger.Text.ToString();
        Assert.EndsWith(Environment.NewLine, line, StringComparison.Ordinal);
        Assert.DoesNotContain('\n', line[..^Environment.NewLine.Length]);
        return JsonDocument.Parse(line, new() { AllowDuplicateProperties = false }).RootElement;
    }

    private sealed class Logger(IExternalScopeProvider? scopes) : ILogger
    {
        public StringWriter Text { get; } = new(CultureInfo.InvariantCulture);

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            new JsonLines().Write(new LogEntry<TState>(logLevel, "Shop.Files.FileService", eventId, state, exception, formatter), scopes, Text);
    }
}

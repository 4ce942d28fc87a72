using System.Collections;
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
    private static readonly string[] Nested = [];

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

    [Fact]
    public void Numbers_of_all_kinds_are_numbers_and_those_that_JSON_has_not_are_text()
    {
        var entry = Single(logger => logger.LogInformation("{Single} {Large} {Small} {None} {Never}", 0.1f, ulong.MaxValue, (sbyte)-1, float.NaN, double.PositiveInfinity));

        Assert.Equal(["0.1", "18446744073709551615", "-1", "\"NaN\"", "\"Infinity\""], entry.EnumerateObject().SkipWhile(field => field.Name != "single").Select(field => field.Value.GetRawText()));
    }

    [Fact]
    public void Collections_are_arrays_of_their_plain_values()
    {
        var entry = Single(logger => logger.LogInformation("{Names} {Sizes} {Set} {Nested} {Bytes} {Query}", (string?[])["a", null], new List<int> { 1, 2 }, new HashSet<string> { "x" }, (object[])[1.5f, Nested], (byte[])[1, 2], Query()));

        Assert.Equal(
            ["[\"a\",null]", "[1,2]", "[\"x\"]", "[1.5,\"System.String[]\"]", "\"AQI=\""],
            entry.EnumerateObject().SkipWhile(field => field.Name != "names").Take(5).Select(field => field.Value.GetRawText()));
        Assert.Equal(JsonValueKind.String, entry.GetProperty("query").ValueKind);

        static IEnumerable<int> Query()
        {
            yield return 1;
        }
    }

    [Fact]
    public void Values_that_throw_are_told_as_such_and_the_others_stay()
    {
        var scopes = new LoggerExternalScopeProvider();
        using var request = scopes.Push(Scope(("RequestId", new Throwing())));
        var state = Scope(("Good", 1), ("Bad", new Throwing()), ("Items", new ThrowingItems()), ("Parts", (object[])[new Throwing(), 2]), ("{OriginalFormat}", ""));
        const string Threw = "(threw System.NotSupportedException)";

        var entry = Single(logger => logger.Log(LogLevel.Error, default, state, new ThrowingException(), (_, _) => throw new NotSupportedException("secret")), scopes);

        Assert.Equal((Threw, 1, Threw), (Text(entry, "message"), entry.GetProperty("good").GetInt32(), Text(entry, "bad")));
        Assert.Equal(($"[\"{Threw}\",2]", Threw), (entry.GetProperty("parts").GetRawText(), Text(entry, "requestId")));
        Assert.Equal((Threw, Threw), (Text(entry.GetProperty("error"), "message"), Text(entry.GetProperty("error"), "stack")));
        Assert.Equal(JsonValueKind.String, entry.GetProperty("items").ValueKind);
        Assert.DoesNotContain("secret", entry.GetRawText(), StringComparison.Ordinal);
    }

    [Fact]
    public void State_and_scope_that_throw_leave_the_message()
    {
        var scopes = new LoggerExternalScopeProvider();
        using var scope = scopes.Push(new ThrowingItems());

        var entry = Single(logger => logger.Log(LogLevel.Information, default, new ThrowingItems(), null, (_, _) => "Hello"), scopes);

        Assert.Equal(["level", "timestamp", "module", "message"], entry.EnumerateObject().Select(field => field.Name));
        Assert.Equal("Hello", Text(entry, "message"));
    }

    [Fact]
    public void Value_without_a_name_or_with_half_an_emoji_for_one_is_kept()
    {
        KeyValuePair<string, object?>[] state = [new(null!, 1), new("\uD83D", 2), new("", 3), new("{OriginalFormat}", "")]; // A caller without nullable annotations may do that.

        var entry = Single(logger => logger.Log(LogLevel.Information, default, state, null, (_, _) => "Hello"));

        Assert.Equal([("null", 1), ("\uFFFD", 2), ("", 3)], entry.EnumerateObject().SkipWhile(field => field.Name != "null").Select(field => (field.Name, field.Value.GetInt32())));
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

    private sealed class Throwing
    {
        public override string ToString() => throw new NotSupportedException("secret");
    }

    private sealed class ThrowingException : Exception
    {
        public override string Message => throw new NotSupportedException("secret");
    }

    private sealed class ThrowingItems : IReadOnlyList<KeyValuePair<string, object?>>, ICollection
    {
        public int Count => 2;

        public bool IsSynchronized => false;

        public object SyncRoot => this;

        public KeyValuePair<string, object?> this[int index] => new("{OriginalFormat}", "");

        public void CopyTo(Array array, int index) => throw new NotSupportedException("secret");

        public IEnumerator<KeyValuePair<string, object?>> GetEnumerator() => throw new NotSupportedException("secret");

        IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
    }
}

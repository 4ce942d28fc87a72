using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

public sealed class ExposureTests
{
    // Each word says from which exposure on it may be seen.
    private const string Name = "name4711", Word = "word4711", Version = "version4711";
    private const string Error = "error4711", Value = "value4711", Key = "key4711", Tag = "tag4711";
    private const string Description = "description4711", Message = "message4711", Type = "PeculiarException";

    private static readonly string[] FromNames = [Name, Word, Version];
    private static readonly string[] FromData = [Error, Value, Key, "1523", "latency", "ageMs", "critical", "rawStatus", "observedValue\":77", Tag, "00:00:00.0770000"];
    private static readonly string[] FromFull = [Description, Message];

    public static TheoryData<HealthPhase, HealthStatus> States
    {
        get
        {
            var states = new TheoryData<HealthPhase, HealthStatus>();
            foreach (var phase in Enum.GetValues<HealthPhase>())
            {
                foreach (var status in Enum.GetValues<HealthStatus>())
                    states.Add(phase, status);
            }

            return states;
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Status_only_shows_nothing_but_word_and_time(HealthPhase phase, HealthStatus status)
    {
        foreach (var body in Made.All(Context(phase, status, Exposure.StatusOnly)))
        {
            Absent(body, [.. FromNames, .. FromData, .. FromFull, Type, "4711", "uptime", "memory", "cpu", "86400"]);
            Assert.True(body.Length <= 64, body);
        }
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Names_show_words_and_nothing_that_checks_measured(HealthPhase phase, HealthStatus status)
    {
        foreach (var body in Made.All(Context(phase, status, Exposure.Names)))
            Absent(body, [.. FromData, .. FromFull, Type]);
        Present(Made.Summary(Context(phase, status, Exposure.Names)), [.. FromNames, "uptime"]);
        Present(Made.Deep(Context(phase, status, Exposure.Names)), FromNames);
        Present(Made.Deep(Context(phase, status, Exposure.Names), BodyFormat.HealthJson), [Name, Version]);
        Present(Made.Deep(Context(phase, status, Exposure.Names), BodyFormat.HealthChecksUi), [Name]);
    }

    [Theory]
    [MemberData(nameof(States))]
    public void Data_shows_codes_and_no_messages(HealthPhase phase, HealthStatus status)
    {
        foreach (var body in Made.All(Context(phase, status, Exposure.Data)))
            Absent(body, [.. FromFull, Type]);
        Present(Made.Deep(Context(phase, status, Exposure.Data)), [Name, Word, Version, Error, Value, Key, "1523", "\"latency\":77", "ageMs", "critical"]);
        Present(Made.Deep(Context(phase, status, Exposure.Data), BodyFormat.HealthChecksUi), [Name, Error, Value, Key, Tag, "00:00:00.0770000"]);
        Present(Made.Deep(Context(phase, status, Exposure.Data), BodyFormat.HealthJson), status == HealthStatus.Healthy ? [Name] : [Name, Error]);
    }

    [Fact]
    public void Full_shows_messages()
    {
        var context = Context(HealthPhase.Running, HealthStatus.Unhealthy, Exposure.Full);
        Present(Made.Deep(context), [Error, Description, Message, Type]);
        Present(Made.Deep(context, BodyFormat.HealthChecksUi), [Description, Message]);
        Present(Made.Deep(context, BodyFormat.HealthJson), [Description]);
    }

    [Fact]
    public void Secrets_are_shown_to_nobody()
    {
        foreach (var exposure in Enum.GetValues<Exposure>())
        {
            foreach (var body in Made.All(Context(HealthPhase.Running, HealthStatus.Unhealthy, exposure)))
                Absent(body, ["hunter2"]);
        }
    }

    [Fact]
    public void Exception_that_cannot_be_read_costs_nothing_but_its_message()
    {
        var check = Made.Check("db", HealthStatus.Unhealthy) with { Exception = new MuteException() };
        var deep = Made.Deep(Made.Context(Made.Snapshot(check), Exposure.Full));
        Assert.Contains("\"exception\":{\"type\":\"", deep, StringComparison.Ordinal);
        Assert.Contains("\"message\":\"\"", deep, StringComparison.Ordinal);
    }

    private static BodyContext Context(HealthPhase phase, HealthStatus status, Exposure exposure)
    {
        var check = Made.Check(Name, status, Word, latency: 77, Error, (Key, Value), ("nodes", 1523L)) with
        {
            Tags = new HashSet<string> { Tag },
            Description = $"{Description} Password=hunter2",
            Exception = new PeculiarException($"{Message} http://user:hunter2@host"),
            RawStatus = status == HealthStatus.Healthy ? HealthStatus.Unhealthy : HealthStatus.Healthy,
        };
        return Made.Context(Made.Snapshot(phase, check), exposure) with { Version = Version };
    }

    private static void Absent(string body, string[] words) => Assert.All(words, word => Assert.DoesNotContain(word, body, StringComparison.OrdinalIgnoreCase));

    private static void Present(string body, string[] words) => Assert.All(words, word => Assert.Contains(word, body, StringComparison.Ordinal));

    private sealed class PeculiarException(string message) : Exception(message);

    private sealed class MuteException : Exception
    {
        public override string Message => throw new InvalidOperationException("nobody is to ask");
    }
}

using System.Globalization;
using System.Text.Json;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

// Made parses every body strictly and looks for names that occur twice.
public sealed class HostileBodyTests
{
    private static readonly Exposure[] Exposures = Enum.GetValues<Exposure>();

    [Fact]
    public void Names_of_every_kind_make_documents_in_which_each_occurs_once()
    {
        string[] names =
        [
            "", " ", "\0", "\u0001\u001F\u007F", "\"quoted\\\"", "</script><script>", "name with spaces/slash:colon", "ünï¢ødé ✓ 😀", "\u2028\u2029", "\uFEFF",
            "\uD800", "\uD801", "\uDC00", "a\uD800", "\uFFFD", "\uFFFD~0", "\uFFFD~10", "status", "uptime", "cpu:utilization", "uptime:responseTime",
            new string('x', 200), new string('x', 201), new string('x', 10_000), new string('x', 10_001), new string('x', 199) + "…", new string('x', 199) + "…~22",
            new string('\uD83D', 300), string.Concat(Enumerable.Repeat("😀", 300)), "1", "01", "__proto__",
        ];
        var checks = names.Select(name => Made.Check(name, word: name.Length == 0 ? "ok" : name, error: name) with { Tags = new HashSet<string> { name }, Description = name }).ToArray();
        foreach (var exposure in Exposures)
        {
            var context = Made.Context(Made.Snapshot(checks), exposure) with { Version = new string('\uD800', 5_000) };
            Assert.All(Made.All(context), body => Assert.True(body.Length < 200_000, $"{body.Length} characters"));
        }

        var services = JsonDocument.Parse(Made.Summary(Made.Context(Made.Snapshot(checks)))).RootElement.GetProperty("services");
        Assert.Equal(names.Length, services.EnumerateObject().Count());
        var plain = names.Where(name => name.Length <= 200 && !name.Any(letter => char.IsSurrogate(letter) || letter == '\uFFFD'));
        Assert.All(plain, name => Assert.True(services.TryGetProperty(name, out _), name));
    }

    [Fact]
    public void Probes_bear_any_reason() => Assert.Contains("\\u0022", Made.Probe(new("error", "\"\uD800\0" + new string('x', 1_000_000))), StringComparison.Ordinal);

    [Fact]
    public void Reserved_keys_of_data_are_renamed_until_they_are_free()
    {
        var check = Made.Check(
            "db", HealthStatus.Unhealthy, error: "timeout",
            data:
            [
                ("status", 1L), ("latency", 2L), ("ageMs", 3L), ("critical", 4L), ("error", "another"), ("rawStatus", 6L), ("description", 7L), ("exception", 8L),
                ("data_status", 9L), ("data_data_status", 10L), ("Status", 11L), ("data_latency", 12L), ("name", 13L),
            ]);
        Assert.Equal(
            """{"status":"error","latency":5,"ageMs":1200,"critical":true,"error":"timeout","data_data_data_status":1,"data_data_latency":2,"data_ageMs":3,"data_critical":4"""
            + ""","data_error":"another","data_rawStatus":6,"data_description":7,"data_exception":8,"data_status":9,"data_data_status":10,"Status":11,"data_latency":12,"name":13}""",
            Check(check));
    }

    [Fact]
    public void Error_that_the_check_stated_in_its_data_is_said_once()
    {
        Assert.EndsWith("\"error\":\"quota\",\"left\":0}", Check(Made.Check("db", HealthStatus.Unhealthy, error: "quota", data: [("error", "quota"), ("left", 0L)])), StringComparison.Ordinal);
        Assert.EndsWith("\"critical\":true,\"data_error\":\"quota\"}", Check(Made.Check("db", data: ("error", "quota"))), StringComparison.Ordinal);
        Assert.EndsWith("\"critical\":true,\"data_error\":null}", Check(Made.Check("db", data: ("error", null))), StringComparison.Ordinal);
    }

    [Fact]
    public void Values_are_written_alike_in_every_culture()
    {
        var check = Made.Check(
            "db",
            data:
            [
                ("double", 1234.5), ("decimal", 0.10m), ("tiny", 1e-9), ("huge", 1e300), ("NaN", double.NaN), ("infinity", double.PositiveInfinity), ("long", long.MinValue), ("int", 1),
                ("time", new DateTimeOffset(2024, 10, 25, 12, 0, 0, 500, TimeSpan.FromHours(2))), ("span", TimeSpan.FromSeconds(1.5)), ("bool", false), ("null", null), ("text", "é<\"\uD800"),
                ("list", new object?[] { 1L, "two", null, new Dictionary<string, object?> { ["status"] = "inner" } }), ("object", new Uri("http://user:hunter2@host")),
            ]) with
        { Latency = TimeSpan.FromTicks(12_345_678) };
        const string Expected =
            """{"status":"ok","latency":1234.568,"ageMs":1200,"critical":true,"double":1234.5,"decimal":0.10,"tiny":1E-09,"huge":1E+300,"NaN":null,"infinity":null,"long":-9223372036854775808,"int":1"""
            + ""","time":"2024-10-25T10:00:00.5Z","span":1500,"bool":false,"null":null,"text":"é\u003C\u0022\uFFFD","list":[1,"two",null,{"status":"inner"}],"object":"Uri"}""";
        var before = CultureInfo.CurrentCulture;
        try
        {
            foreach (var culture in new[] { CultureInfo.InvariantCulture, Peculiar() })
            {
                CultureInfo.CurrentCulture = culture;
                Assert.Equal(Expected, Check(check).Replace("\uFFFD", "\\uFFFD", StringComparison.Ordinal));
            }
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    // Builds run without culture data, so it is made by hand.
    private static CultureInfo Peculiar()
    {
        var culture = (CultureInfo)CultureInfo.InvariantCulture.Clone();
        culture.NumberFormat.NumberDecimalSeparator = ",";
        culture.NumberFormat.NegativeSign = "−";
        culture.DateTimeFormat.TimeSeparator = ".";
        culture.DateTimeFormat.DateSeparator = "/";
        return culture;
    }

    [Theory]
    [InlineData(0, "0")]
    [InlineData(1, "0")]
    [InlineData(6, "0.001")]
    [InlineData(10, "0.001")]
    [InlineData(50_000, "5")]
    [InlineData(51_000, "5.1")]
    [InlineData(-5, "0")]
    [InlineData(long.MaxValue, "922337203685477")]
    public void Latency_has_three_decimals_at_most(long ticks, string expected) =>
        Assert.Contains($"\"latency\":{expected},", Check(Made.Check("db") with { Latency = TimeSpan.FromTicks(ticks) }), StringComparison.Ordinal);

    [Theory]
    [InlineData(double.NaN, 0)]
    [InlineData(-1, 0)]
    [InlineData(0.005, 1)]
    [InlineData(0.994, 99)]
    [InlineData(1, 100)]
    [InlineData(double.PositiveInfinity, 100)]
    public void Cpu_is_a_whole_percentage(double share, int percent)
    {
        var context = Made.Context(Made.Snapshot()) with { Usage = new(TimeSpan.FromSeconds(-1), long.MaxValue, long.MaxValue, share) };
        Assert.EndsWith(
            $$"""{"uptime":0,"memory":{"used":8796093022207,"total":8796093022207},"cpu":{"usage":{{percent}}""" + "}}}", Made.Summary(context), StringComparison.Ordinal);
    }

    [Fact]
    public void Clock_that_was_set_back_makes_no_negative_age() =>
        Assert.Contains("\"ageMs\":0,", Check(Made.Check("db") with { CheckedAt = Made.Now.AddDays(1) }), StringComparison.Ordinal);

    [Fact]
    public void Time_is_given_in_utc_to_the_second() => Assert.Equal(
        """{"status":"ok","timestamp":"2024-10-25T09:59:59Z"}""",
        Made.Summary(Made.Context(Made.Snapshot(), Exposure.StatusOnly) with { Now = new(2024, 10, 25, 11, 59, 59, 999, TimeSpan.FromHours(2)) }));

    [Fact]
    public void Snapshots_at_random_make_strict_json()
    {
        const int Seed = 20241025;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        var random = new Random(Seed);
        for (var round = 0; round < 500; round++)
        {
            var names = Enumerable.Range(0, random.Next(6)).Select(_ => Text(random)).Distinct(StringComparer.OrdinalIgnoreCase);
            var checks = names.Select(name => Made.Check(
                name, (HealthStatus)random.Next(3), Text(random), random.NextDouble() * 1e6, random.Next(2) == 0 ? null : Text(random),
                [.. Enumerable.Range(0, random.Next(5)).Select(_ => Key(random)).Distinct().Select(key => (key, (object?)Text(random)))]) with
            { Description = Text(random), RawStatus = (HealthStatus)random.Next(3) });
            var snapshot = Made.Snapshot((HealthPhase)random.Next(3), [.. checks]);
            foreach (var exposure in Exposures)
                Assert.NotEmpty(Made.All(Made.Context(snapshot, exposure)).ToList());
        }
    }

    // Data comes cleaned, so without lone surrogates.
    private static string Key(Random random) => random.Next(3) switch
    {
        0 => "status",
        1 => string.Concat(Enumerable.Repeat("data_", random.Next(3))) + "latency",
        _ => PlainText(Text(random)),
    };

    private static string PlainText(string text) => string.Concat(text.Where(letter => !char.IsSurrogate(letter)));

    private static string Text(Random random) => new([.. Enumerable.Range(0, random.Next(12)).Select(_ => (char)random.Next(random.Next(2) == 0 ? 0x80 : 0x10000))]);

    private static string Check(CheckSnapshot check)
    {
        using var document = JsonDocument.Parse(Made.Deep(Made.Context(Made.Snapshot(check))));
        return document.RootElement.GetProperty("checks").GetProperty(check.Name).GetRawText();
    }
}

using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Exposition;

/// <summary>What goes in comes out of Prometheus' own parsers, in both formats.</summary>
public sealed class FormatFuzzTests
{
    private const int Gauges = 300;

    private static readonly string[] Pieces =
        ["\\", "\"", "\n", "\\n", "\\\"", "\r", "\t", "\0", "\u0001", "\u007f", "\u0085", "\u2028", "{", "}", ",", "=", "#", " ", " # EOF\n", "é", "🧀", "\ud83d", "\ude00", "\ufeff", "a", "B", "7"];

    [Fact]
    public async Task Random_names_help_labels_and_numbers_come_back_unchanged_in_both_formats()
    {
        var seed = Random.Shared.Next();
        TestContext.Current.SendDiagnosticMessage("seed {0}", seed);
        var random = new Random(seed);
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.Use((context, next) =>
            {
                if (context.Request.Path == "/text")
                    context.Request.Headers.Accept = "text/plain";
                return next(context);
            });
            app.MapMetrics(options => options.Meters.Add("Test"));
            app.MapMetrics("/text", options => options.Meters.Add("Test"));
        });
        var expected = Enumerable.Range(0, Gauges).Select(id => Make(app, random, id)).ToList();

        using var prometheus = await PrometheusServer.StartAsync($$"""
            global: { scrape_interval: 500ms, scrape_timeout: 500ms }
            scrape_configs:
              - { job_name: openmetrics, static_configs: [ { targets: ["{{app.Target}}"] } ] }
              - { job_name: text, metrics_path: /text, static_configs: [ { targets: ["{{app.Target}}"] } ] }
            """);
        await Poll.UntilAsync(async () => (await prometheus.ScrapeErrorsAsync()).Count > 0 && (await prometheus.QueryAsync("up")).Count == 2, "both were scraped");
        foreach (var target in (await prometheus.ApiAsync("targets")).GetProperty("activeTargets").EnumerateArray())
            Assert.True(target.GetProperty("lastError").GetString() is "", $"seed {seed}: {target}");

        var help = await prometheus.ApiAsync("metadata");
        foreach (var job in (string[])["openmetrics", "text"])
        {
            var found = (await prometheus.QueryAsync($$"""{fuzz_id=~".+", job="{{job}}"}""")).ToDictionary(sample => sample.Labels["fuzz_id"]);
            foreach (var gauge in expected)
            {
                Assert.True(found.TryGetValue(gauge.Labels["fuzz_id"], out var sample), $"seed {seed}, {job}: {gauge.Name} is missing");
                Assert.Equal((seed, gauge.Name), (seed, sample.Labels["__name__"]));
                Assert.Equal(gauge.Value, sample.Value);
                Assert.Equal(gauge.Labels.OrderBy(label => label.Key, StringComparer.Ordinal), sample.Labels.Where(label => label.Key is not ("__name__" or "job" or "instance")).OrderBy(label => label.Key, StringComparer.Ordinal));
                Assert.All(Metadata(help, gauge.Name), text => Assert.Equal(gauge.Help, text));
                Assert.NotEmpty(Metadata(help, gauge.Name));
            }
        }
    }

    private static Gauge Make(MetricsApp app, Random random, int id)
    {
        var name = $"fuzz.{id}" + string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => "abcXYZ019._-/"[random.Next(13)])) + "x";
        var unit = random.Next(4) switch { 0 => "s", 1 => "By", 2 => "{thing}", _ => null };
        var help = Text(random, 60) + "x";
        var labels = new Dictionary<string, string> { ["fuzz_id"] = $"{id}" };
        var tags = new List<KeyValuePair<string, object?>> { new("fuzz.id", id) };
        for (var tag = 0; tag < random.Next(6); tag++)
        {
            var (key, text) = ($"key{tag}{Text(random, 5)}", Text(random, random.Next(50) == 0 ? 5_000 : 30));
            tags.Add(new(key, text));
            if (text.Length > 0)
                labels.Add(LabelName.Of(key), Valid(text));
        }

        var value = random.Next(8) switch
        {
            0 => double.NaN,
            1 => double.PositiveInfinity,
            2 => double.NegativeInfinity,
            3 => random.Next(),
            4 => double.Epsilon,
            _ => BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue)),
        };
        app.Meter.CreateGauge<double>(name, unit, help).Record(value, [.. tags]);
        return new(FamilyName.Of(name, unit, FamilyKind.Gauge).Name, Valid(help), labels, value);
    }

    private static string Text(Random random, int most) => string.Concat(Enumerable.Range(0, random.Next(most)).Select(_ => Pieces[random.Next(Pieces.Length)]));

    // What UTF-8 can hold of it.
    private static string Valid(string text) => Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(text));

    private static IEnumerable<string> Metadata(JsonElement all, string name) =>
        all.TryGetProperty(name, out var entries) ? entries.EnumerateArray().Select(entry => entry.GetProperty("help").GetString() ?? "") : [];

    private sealed record Gauge(string Name, string Help, Dictionary<string, string> Labels, double Value)
    {
        public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Name} {Value}");
    }
}

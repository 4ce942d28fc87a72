using System.Diagnostics.Metrics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Exposition;

public sealed class FamiliesTests
{
    [Fact]
    public async Task Meters_with_one_name_for_two_instruments_are_told_apart()
    {
        await using var app = await MetricsApp.StartAsync();
        using var other = new Meter("Test.Other", "2.0"); // Of no host, so every test of this process hears it: its instrument's name is for this test alone.
        app.Meter.CreateCounter<int>("parcels").Add(1);
        other.CreateCounter<int>("parcels").Add(2);
        app.Meter.CreateCounter<int>("alone").Add(1);
        var text = await app.ScrapeAsync();
        Assert.Contains("# HELP parcels_total The instrument parcels of the meter Test.\n# TYPE parcels_total counter\nparcels_total{otel_scope_name=\"Test\"} 1\nparcels_total{otel_scope_name=\"Test.Other\",otel_scope_version=\"2.0\"} 2\n", text, StringComparison.Ordinal);
        Assert.Contains("\nalone_total 1\n", text, StringComparison.Ordinal);
        Assert.Equal("", await Promtool.CheckAsync(text));
    }

    [Fact]
    public async Task Kinds_that_want_one_name_get_two_whatever_came_first()
    {
        await using var app = await MetricsApp.StartAsync();
        app.Meter.CreateGauge<int>("load").Record(7);
        app.Meter.CreateCounter<int>("load_").Add(1);
        app.Meter.CreateCounter<int>("load.").Add(2);
        app.Meter.CreateHistogram<int>("size").Record(3);
        app.Meter.CreateUpDownCounter<int>("size.sum").Add(4);
        app.Meter.CreateCounter<int>("size.count").Add(5);
        var text = await app.ScrapeAsync();
        var openMetrics = await app.ScrapeAsync(openMetrics: true);
        foreach (var line in (string[])["size_sum 3", "size_count 1", "size_gauge 4", "size_count_counter_total 5"])
            Assert.Contains($"\n{line}\n", text, StringComparison.Ordinal);
        foreach (var exposition in (string[])[text, openMetrics])
        {
            var types = exposition.Split('\n').Where(line => line.StartsWith("# TYPE", StringComparison.Ordinal)).Select(line => line.Split(' ')[2]).ToList();
            Assert.Equal(types.Distinct(), types);
        }
    }

    [Fact]
    public async Task Series_are_never_shown_twice()
    {
        await using var app = await MetricsApp.StartAsync();
        var counter = app.Meter.CreateCounter<int>("jobs");
        counter.Add(1, new KeyValuePair<string, object?>("a.b", "x"));
        counter.Add(2, new KeyValuePair<string, object?>("a_b", "x"));
        counter.Add(4, new KeyValuePair<string, object?>("empty", ""));
        counter.Add(8);
        counter.Add(16, new("a.b", "1"), new("a-b", 2), new("le", true), new("array", Enumerable.Range(1, 2)));
        var text = await app.ScrapeAsync();
        Assert.Single(text.Split('\n'), line => line.StartsWith("jobs_total{a_b=\"x\"} ", StringComparison.Ordinal));
        Assert.Single(text.Split('\n'), line => line.StartsWith("jobs_total ", StringComparison.Ordinal));
        Assert.Contains("\njobs_total{a_b=\"2;1\",array=\"[1,2]\",exported_le=\"true\"} 16\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Other_hosts_of_the_process_keep_their_metrics_to_themselves()
    {
        await using var first = await MetricsApp.StartAsync();
        await using var second = await MetricsApp.StartAsync();
        first.Meter.CreateCounter<int>("jobs").Add(1);
        second.Meter.CreateCounter<int>("jobs").Add(2);
        Assert.Contains("\njobs_total 1\n", await first.ScrapeAsync(), StringComparison.Ordinal);
        Assert.Contains("\njobs_total 2\n", await second.ScrapeAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task Meter_that_is_made_again_shows_its_new_value_under_the_same_labels()
    {
        await using var app = await MetricsApp.StartAsync();
        var old = new Meter("Test.Remade"); // Of no host: its instruments' names are for this test alone.
        old.CreateCounter<int>("remade").Add(5);
        Assert.Contains("\nremade_total 5\n", await app.ScrapeAsync(), StringComparison.Ordinal);
        old.Dispose();
        using var anew = new Meter("Test.Remade");
        var counter = anew.CreateCounter<int>("remade");
        for (var i = 1; i <= 3; i++)
        {
            counter.Add(1);
            Assert.Equal([$"remade_total {i}"], (await app.ScrapeAsync()).Split('\n').Where(line => line.StartsWith("remade", StringComparison.Ordinal)));
        }
    }

    [Fact]
    public async Task Two_instruments_of_one_meter_with_one_name_need_no_scope()
    {
        await using var app = await MetricsApp.StartAsync();
        app.Meter.CreateCounter<int>("jobs.").Add(1, new KeyValuePair<string, object?>("a", 1));
        app.Meter.CreateCounter<int>("jobs_").Add(2, new KeyValuePair<string, object?>("a", 2));
        var text = await app.ScrapeAsync();
        Assert.Contains("\njobs__total{a=\"1\"} 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\njobs__total{a=\"2\"} 2\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Hidden_series_are_told_once_per_family_and_a_meter_made_again_is_no_reason()
    {
        var log = new ListLogger();
        await using var app = await MetricsApp.StartAsync(
            app => app.MapMetrics(options => options.Meters.Add("Test*")),
            builder => builder.Logging.AddProvider(log).AddFilter("Microsoft", LogLevel.None));
        var counter = app.Meter.CreateCounter<int>("jobs");
        counter.Add(1, new KeyValuePair<string, object?>("a.b", "x"));
        counter.Add(2, new KeyValuePair<string, object?>("a_b", "x"));
        using (var old = new Meter("Test.RemadeToo"))
            old.CreateCounter<int>("remade.too").Add(5);
        using var anew = new Meter("Test.RemadeToo");
        anew.CreateCounter<int>("remade.too").Add(1);
        await app.ScrapeAsync();
        await app.ScrapeAsync(openMetrics: true);
        Assert.Equal(["Warning: Series of jobs are not shown: their tags become the same labels as those of others. Said once."], log.Lines);
    }

    [Fact]
    public async Task Thousands_of_instruments_are_all_shown()
    {
        await using var app = await MetricsApp.StartAsync(options => options.MaxSeriesPerInstrument = 10);
        for (var i = 0; i < 3_000; i++)
            app.Meter.CreateCounter<int>($"many{i}").Add(1);
        Assert.Equal(3_000, (await app.ScrapeAsync()).Split('\n').Count(line => line.StartsWith("many", StringComparison.Ordinal)));
    }

    [Fact]
    public async Task What_the_limit_does_not_hold_is_summed_up()
    {
        await using var app = await MetricsApp.StartAsync(options => options.MaxSeriesPerInstrument = 10);
        var counter = app.Meter.CreateCounter<int>("jobs");
        for (var i = 0; i < 30; i++)
            counter.Add(1, new KeyValuePair<string, object?>("id", i));
        var lines = (await app.ScrapeAsync()).Split('\n').Where(line => line.StartsWith("jobs_total{", StringComparison.Ordinal)).ToList();
        Assert.Equal(11, lines.Count);
        Assert.Contains("jobs_total{otel_metric_overflow=\"true\"} 20", lines);
    }

    [Fact]
    public async Task Views_decide_and_the_first_that_has_an_opinion_wins()
    {
        await using var app = await MetricsApp.StartAsync(options =>
        {
            options.Views.Add(instrument => instrument.Name == "dropped" ? MetricStreamConfiguration.Drop : null);
            options.Views.Add(instrument => instrument.Name == "size" ? new ExplicitBucketHistogramConfiguration { Name = "sizes", Boundaries = [1, 2.5] } : null);
            options.Views.Add(instrument => instrument.Name == "spread" ? new Base2ExponentialBucketHistogramConfiguration() : null);
        });
        app.Meter.CreateCounter<int>("dropped").Add(1);
        app.Meter.CreateHistogram<int>("size").Record(2);
        app.Meter.CreateHistogram<double>("spread").Record(2.5);
        var text = await app.ScrapeAsync();
        Assert.DoesNotContain("dropped", text, StringComparison.Ordinal);
        Assert.Contains("\nsizes_bucket{le=\"1.0\"} 0\nsizes_bucket{le=\"2.5\"} 1\nsizes_bucket{le=\"+Inf\"} 1\nsizes_sum 2\nsizes_count 1\n", text, StringComparison.Ordinal);
        Assert.Contains("\nspread_bucket{le=\"+Inf\"} 1\nspread_sum 2.5\nspread_count 1\n", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Bounds_that_an_instrument_advises_are_used()
    {
        await using var app = await MetricsApp.StartAsync();
        app.Meter.CreateHistogram("wait", advice: new InstrumentAdvice<double> { HistogramBucketBoundaries = [0.5, 5] }).Record(1);
        Assert.Contains("\nwait_bucket{le=\"0.5\"} 0\nwait_bucket{le=\"5.0\"} 1\nwait_bucket{le=\"+Inf\"} 1\n", await app.ScrapeAsync(), StringComparison.Ordinal);
    }
}

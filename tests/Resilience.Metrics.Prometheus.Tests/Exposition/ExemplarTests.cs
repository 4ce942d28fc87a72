using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Exposition;

public sealed class ExemplarTests
{
    [Fact]
    public async Task Buckets_and_counters_carry_a_recorded_trace_in_OpenMetrics_only()
    {
        using var source = new ActivitySource("Test.Exemplars");
        using var listener = new ActivityListener { ShouldListenTo = one => one == source, Sample = (ref _) => ActivitySamplingResult.AllDataAndRecorded };
        ActivitySource.AddActivityListener(listener);
        await using var app = await MetricsApp.StartAsync();
        var (wait, size, jobs) = (app.Meter.CreateHistogram<double>("wait", "s"), app.Meter.CreateHistogram<long>("size"), app.Meter.CreateCounter<long>("jobs"));
        wait.Record(0.3); // Not traced.
        string trace, span;
        using (var activity = source.StartActivity("call"))
        {
            (trace, span) = ($"{activity?.TraceId}", $"{activity?.SpanId}");
            wait.Record(7);
            size.Record(700);
            jobs.Add(3);
        }

        var openMetrics = await app.ScrapeAsync(openMetrics: true);
        var mark = $$""" # \{trace_id="{{trace}}",span_id="{{span}}"\} """;
        Assert.Matches($$"""\nwait_seconds_bucket\{le="10.0"\} 2{{mark}}7 \d{10}\.?\d*\n""", openMetrics);
        Assert.Matches($$"""\nsize_bucket\{le="750.0"\} 1{{mark}}700 \d{10}\.?\d*\n""", openMetrics);
        Assert.Matches($$"""\njobs_total 3{{mark}}3 \d{10}\.?\d*\n""", openMetrics);
        Assert.Equal(3, Regex.Count(openMetrics, Regex.Escape(trace)));
        Assert.DoesNotContain(trace, await app.ScrapeAsync(), StringComparison.Ordinal);

        using var prometheus = await PrometheusServer.StartAsync([app.Target], interval: TimeSpan.FromMilliseconds(300));
        await Poll.UntilAsync(
            async () => (await prometheus.ApiAsync($"query_exemplars?query=wait_seconds_bucket&start={DateTimeOffset.UtcNow.AddMinutes(-5).ToUnixTimeSeconds()}&end={DateTimeOffset.UtcNow.AddMinutes(1).ToUnixTimeSeconds()}"))
                .GetRawText().Contains(trace, StringComparison.Ordinal),
            "Prometheus stored the exemplar");
    }

    [Fact]
    public async Task Exemplars_can_be_switched_off()
    {
        await using var app = await MetricsApp.StartAsync(options => options.Exemplars = false);
        using var activity = new Activity("call") { ActivityTraceFlags = ActivityTraceFlags.Recorded }.Start();
        app.Meter.CreateCounter<int>("jobs").Add(1);
        Assert.Contains("\njobs_total 1\n", await app.ScrapeAsync(openMetrics: true), StringComparison.Ordinal);
    }
}

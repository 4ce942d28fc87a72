using System.Diagnostics;
using System.Diagnostics.Metrics;
using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Collection;

public sealed class SpeedTests
{
    private const int Series = 10_000;

    /// <summary>The aim is 100 ms, and an idle machine does it in a tenth of that. The test takes the best of several, and ten times as much for a machine that is busy with other tests. Ten thousand histograms are 170,000 lines.</summary>
    [Theory]
    [InlineData((int)Format.Text)]
    [InlineData((int)Format.OpenMetrics)]
    [InlineData((int)Format.GzippedOpenMetrics)]
    [InlineData((int)Format.OpenMetrics, true)]
    [InlineData((int)Format.GzippedOpenMetrics, true)]
    public async Task Ten_thousand_series_are_collected_and_written_in_time(int format, bool histogram = false)
    {
        using var services = new ServiceCollection().AddMetrics().BuildServiceProvider();
        var meter = services.GetRequiredService<IMeterFactory>().Create("Test.Speed");
        var options = new PrometheusOptions { MaxSeriesPerInstrument = Series };
        options.Meters.Clear();
        options.Meters.Add("Test.Speed");
        using var scraper = new Scraper(Settings.Of(options), meter.Scope, NullLogger.Instance, TimeProvider.System);
        var calls = meter.CreateCounter<long>("calls");
        var wait = meter.CreateHistogram<double>("wait", "s");
        if (histogram)
            for (var i = 0; i < Series; i++)
                wait.Record(i, new("route", $"/items/{i}"), new("method", "GET"), new("status", 200 + i % 5));
        for (var i = 0; i < Series; i++)
            calls.Add(i, new("route", $"/items/{i}"), new("method", "GET"), new("status", 200 + i % 5));

        var (best, allocated, length) = (TimeSpan.MaxValue, long.MaxValue, 0);
        for (var i = 0; i < 20; i++)
        {
            var (began, before) = (Stopwatch.GetTimestamp(), GC.GetTotalAllocatedBytes(precise: true));
            var round = scraper.Join((Format)format);
            await round.Done.Within();
            (best, length) = (TimeSpan.FromTicks(Math.Min(best.Ticks, Stopwatch.GetElapsedTime(began).Ticks)), round.Body((Format)format).Length);
            round.Leave();
            allocated = Math.Min(allocated, GC.GetTotalAllocatedBytes(precise: true) - before);
        }

        TestContext.Current.TestOutputHelper?.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{(Format)format}: {best.TotalMilliseconds:0.0} ms, {length} bytes, {allocated} bytes allocated"));
        Assert.InRange(best.TotalMilliseconds, 0, 1_000);
        Assert.InRange(allocated, 0, 500_000);
    }
}

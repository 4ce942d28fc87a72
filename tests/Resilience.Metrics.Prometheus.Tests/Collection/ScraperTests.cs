using System.Collections.Concurrent;
using System.Globalization;
using System.Net.Sockets;
using System.Text;
using Microsoft.AspNetCore.Builder;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Collection;

public sealed class ScraperTests
{
    [Fact]
    public async Task Callback_that_throws_costs_nothing_but_its_own_metric()
    {
        await using var app = await MetricsApp.StartAsync();
        app.Meter.CreateObservableGauge("broken", int () => throw new InvalidOperationException("no"));
        app.Meter.CreateObservableGauge("whole", () => 5);
        var text = await app.ScrapeAsync();
        Assert.Contains("\nwhole 5\n", text, StringComparison.Ordinal);
        Assert.DoesNotContain("broken", text, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Callback_that_hangs_is_found_and_left_out_and_nothing_else_is_lost()
    {
        using var never = new ManualResetEventSlim();
        try
        {
            await using var app = await MetricsApp.StartAsync();
            app.Meter.CreateCounter<int>("jobs").Add(3);
            app.Meter.CreateObservableGauge("whole", () => 5);
            app.Meter.CreateObservableGauge("hung", () =>
            {
                never.Wait();
                return 1;
            });
            Assert.Contains("\njobs_total 3\n", await app.ScrapeAsync(), StringComparison.Ordinal); // What is recorded is there at once.
            var text = "";
            await Poll.UntilAsync(async () => (text = await app.ScrapeAsync()).Contains("\nwhole 5\n", StringComparison.Ordinal), "all but the hung one is back");
            Assert.Contains("\njobs_total 3\n", text, StringComparison.Ordinal);
            Assert.Contains("\ndotnet_gc_collections_total{", text, StringComparison.Ordinal);
            Assert.DoesNotContain("hung", text, StringComparison.Ordinal);
        }
        finally
        {
            never.Set();
        }
    }

    [Fact]
    public async Task Scrapers_that_come_during_a_round_share_the_next_one()
    {
        using var go = new SemaphoreSlim(0);
        var joined = 0;
        await using var app = await MetricsApp.StartAsync(app =>
        {
            app.Use((context, next) =>
            {
                var served = next(context);
                Interlocked.Increment(ref joined); // Requests wait for their round only once they have joined it.
                return served;
            });
            app.MapMetrics(options => options.Meters.Add("Test*"));
        });
        var asked = 0;
        app.Meter.CreateObservableGauge("slow", () =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                go.Wait(TimeSpan.FromSeconds(1)); // Below the scraper's patience.
            return asked;
        });
        var first = app.ScrapeAsync();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref asked) == 1, "the first round runs");
        var others = Enumerable.Range(0, 20).Select(_ => app.ScrapeAsync()).ToList();
        await Eventually.IsTrueAsync(() => Volatile.Read(ref joined) == 21, "all others wait for the next round");
        go.Release();
        Assert.Contains("\nslow 1\n", await first, StringComparison.Ordinal);
        await Task.WhenAll(others).Within();
        Assert.Equal(2, asked);
    }

    [Fact]
    public async Task Hammered_histogram_is_whole_in_every_scrape()
    {
        await using var app = await MetricsApp.StartAsync();
        var wait = app.Meter.CreateHistogram<double>("wait", "s");
        var jobs = app.Meter.CreateCounter<long>("jobs");
        using var stop = new CancellationTokenSource();
        var recorded = 0L;
        var recorders = Enumerable.Range(0, 3).Select(_ => new Thread(() =>
        {
            var random = new Random(1);
            while (!stop.IsCancellationRequested)
            {
                wait.Record(random.NextDouble() * 20_000, new KeyValuePair<string, object?>("to", random.Next(5)));
                jobs.Add(1);
                Interlocked.Increment(ref recorded);
            }
        })).ToList();
        recorders.ForEach(thread => thread.Start());
        var faults = new ConcurrentQueue<string>();
        var scrapers = Enumerable.Range(0, 20).Select(async number =>
        {
            var last = 0L;
            for (var i = 0; i < 10; i++)
            {
                var lines = (await app.ScrapeAsync(openMetrics: number % 2 == 0)).Split('\n');
                foreach (var fault in HistogramFaults(lines))
                    faults.Enqueue(fault);
                var now = long.Parse(lines.FirstOrDefault(line => line.StartsWith("jobs_total ", StringComparison.Ordinal))?[11..] ?? "0", CultureInfo.InvariantCulture);
                if (now < last)
                    faults.Enqueue($"jobs fell from {last} to {now}");
                last = now;
            }
        }).ToList();
        await Task.WhenAll(scrapers).Within();
        await stop.CancelAsync();
        recorders.ForEach(thread => thread.Join());
        Assert.Empty(faults);
        var final = await app.ScrapeAsync();
        Assert.Contains($"\njobs_total {recorded}\n", final, StringComparison.Ordinal);
        Assert.Equal(recorded, final.Split('\n').Where(line => line.StartsWith("wait_seconds_count{", StringComparison.Ordinal)).Sum(Number));
    }

    [Fact]
    public async Task Reader_that_does_not_read_holds_up_nobody()
    {
        await using var app = await MetricsApp.StartAsync(options => options.MaxSeriesPerInstrument = 20_000);
        var jobs = app.Meter.CreateCounter<int>("jobs");
        for (var i = 0; i < 19_000; i++)
            jobs.Add(1, new KeyValuePair<string, object?>("long_enough_to_fill_the_buffers_of_a_socket", $"{i:000000}{new string('x', 400)}"));
        using var slow = new TcpClient { ReceiveBufferSize = 4096 };
        await slow.ConnectAsync(app.Address.Host, app.Address.Port, TestContext.Current.CancellationToken);
        await slow.GetStream().WriteAsync(Encoding.ASCII.GetBytes("GET /metrics HTTP/1.1\r\nHost: x\r\n\r\n"), TestContext.Current.CancellationToken);
        Assert.Equal('H', slow.GetStream().ReadByte()); // Its answer has begun, and there it stays: 9 MB.
        for (var i = 0; i < 3; i++)
        {
            jobs.Add(1, new KeyValuePair<string, object?>("id", i));
            Assert.Contains($"\njobs_total{{id=\"{i}\"}} 1\n", await app.ScrapeAsync(), StringComparison.Ordinal);
        }
    }

    [Fact]
    public async Task Gzipped_body_is_the_same_text()
    {
        await using var app = await MetricsApp.StartAsync();
        app.Meter.CreateCounter<int>("jobs").Add(3);
        using var response = await app.GetAsync(encoding: "gzip");
        Assert.Equal(["gzip"], response.Content.Headers.ContentEncoding);
        await using var body = new System.IO.Compression.GZipStream(await response.Content.ReadAsStreamAsync(TestContext.Current.CancellationToken), System.IO.Compression.CompressionMode.Decompress);
        using var reader = new StreamReader(body);
        Assert.Contains("\njobs_total 3\n", await reader.ReadToEndAsync(TestContext.Current.CancellationToken), StringComparison.Ordinal);
    }

    private static IEnumerable<string> HistogramFaults(string[] lines)
    {
        var last = 0L;
        foreach (var line in lines.Where(line => line.StartsWith("wait_seconds_", StringComparison.Ordinal)))
        {
            if (line.StartsWith("wait_seconds_bucket", StringComparison.Ordinal))
            {
                var count = Number(line);
                if (count < last)
                    yield return $"falls from {last}: {line}";
                last = count;
            }
            else if (line.StartsWith("wait_seconds_count", StringComparison.Ordinal))
            {
                if (Number(line) != last)
                    yield return $"the last bucket has {last}: {line}";
                last = 0;
            }
        }
    }

    private static long Number(string line) => long.Parse(line.Split("} ")[1].Split(' ')[0], CultureInfo.InvariantCulture);
}

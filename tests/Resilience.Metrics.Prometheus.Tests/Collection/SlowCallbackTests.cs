using System.Diagnostics;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Collection;

public sealed class SlowCallbackTests : IDisposable
{
    private readonly ListLogger _log = new();
    private readonly Steps _clock = new();

    [Fact]
    public async Task Callbacks_that_are_too_slow_together_are_left_out_by_name_until_the_rest_fits()
    {
        using var never = new ManualResetEventSlim();
        await using var app = await StartAsync();
        app.Meter.CreateObservableGauge("whole", () => 5);
        for (var i = 0; i < 5; i++)
            app.Meter.CreateObservableGauge($"slow{i}", () => never.Wait(TimeSpan.FromMilliseconds(500)) ? 0 : 1);
        var text = await ScrapeUntilAsync(app, text => text.Contains("\nwhole 5\n", StringComparison.Ordinal));
        Assert.Contains("\ndotnet_gc_collections_total{", text, StringComparison.Ordinal);
        var left = _log.Lines.Where(line => line.StartsWith("Warning: The callback of the instrument slow", StringComparison.Ordinal)).ToList();
        Assert.InRange(left.Count, 3, 5);
        Assert.Equal(5 - left.Count, text.Split('\n').Count(line => line.StartsWith("slow", StringComparison.Ordinal)));
        Assert.All(left, line => Assert.EndsWith("it is left out, and asked again in 00:01:00.", line, StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("whole", StringComparison.Ordinal) || line.Contains("dotnet", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Callback_that_hung_once_is_back_after_a_while_and_later_each_time_it_hangs_again()
    {
        using var gate = new SemaphoreSlim(0);
        await using var app = await StartAsync();
        var (hangs, asked) = (true, 0);
        app.Meter.CreateObservableGauge("whole", () => 5);
        app.Meter.CreateObservableGauge("once", () =>
        {
            Interlocked.Increment(ref asked);
            if (Volatile.Read(ref hangs))
                gate.Wait();
            return 1;
        });
        await ScrapeUntilAsync(app, text => text.Contains("\nwhole 5\n", StringComparison.Ordinal));
        Assert.Contains("Error: The callback of the instrument once of the meter Test does not return: it is left out, and asked again in 00:01:00.", _log.Lines);
        Assert.Equal(2, Volatile.Read(ref asked));
        _clock.Ahead(TimeSpan.FromSeconds(61));
        for (var i = 0; i < 3; i++)
            await app.ScrapeAsync();
        Assert.Equal(2, Volatile.Read(ref asked)); // It hangs still: no further thread for it.
        Volatile.Write(ref hangs, false);
        gate.Release(2);
        await Eventually.IsTrueAsync(() => gate.CurrentCount == 0, "both have returned");
        Assert.DoesNotContain("once", await app.ScrapeAsync(), StringComparison.Ordinal);
        _clock.Ahead(TimeSpan.FromSeconds(121));
        Assert.Contains("\nwhole 5\n", await ScrapeUntilAsync(app, text => text.Contains("\nonce 1\n", StringComparison.Ordinal)), StringComparison.Ordinal);
        Assert.Contains("Information: The callback of the instrument once of the meter Test returns in time again: its metrics are back.", _log.Lines);
        Volatile.Write(ref hangs, true);
        await ScrapeUntilAsync(app, text => !text.Contains("\nonce 1\n", StringComparison.Ordinal) && text.Contains("\nwhole 5\n", StringComparison.Ordinal));
        Assert.Contains(_log.Lines, line => line.EndsWith("does not return: it is left out, and asked again in 00:04:00.", StringComparison.Ordinal));
        gate.Release(2);
    }

    [Fact]
    public async Task Callback_that_hangs_only_beside_others_costs_a_scrape_and_nobody_is_left_out()
    {
        using var gate = new SemaphoreSlim(0);
        await using var app = await StartAsync();
        var asked = 0;
        app.Meter.CreateObservableGauge("first", () =>
        {
            if (Interlocked.Increment(ref asked) == 1)
                gate.Wait();
            return 1;
        });
        Assert.DoesNotContain("first", await app.ScrapeAsync(), StringComparison.Ordinal);
        await ScrapeUntilAsync(app, text => text.Contains("\nfirst 1\n", StringComparison.Ordinal));
        Assert.DoesNotContain(_log.Lines, line => line.Contains("The callback", StringComparison.Ordinal));
        gate.Release();
    }

    [Fact]
    public void Machine_that_stands_still_uses_up_one_slice_of_patience()
    {
        var clock = new Steps { Step = TimeSpan.FromSeconds(10) };
        using var done = new CancellationTokenSource(TimeSpan.FromMilliseconds(120));
        var work = new TaskCompletionSource();
        using var registration = done.Token.Register(work.SetResult);
        Assert.InRange(Patience.Await(work.Task, TimeSpan.FromSeconds(20), clock) ?? TimeSpan.MaxValue, TimeSpan.Zero, TimeSpan.FromSeconds(10));
        Assert.Null(Patience.Await(new TaskCompletionSource().Task, TimeSpan.FromMilliseconds(100), clock));
    }

    public void Dispose() => _log.Dispose();

    private Task<MetricsApp> StartAsync() => MetricsApp.StartAsync(
        app => app.MapMetrics(options => options.Meters.Add("Test")),
        builder =>
        {
            builder.Logging.AddProvider(_log).SetMinimumLevel(LogLevel.Information).AddFilter("Microsoft", LogLevel.None);
            builder.Services.AddSingleton<TimeProvider>(_clock);
        });

    private static async Task<string> ScrapeUntilAsync(MetricsApp app, Func<string, bool> shows)
    {
        var text = "";
        await Poll.UntilAsync(async () => shows(text = await app.ScrapeAsync()), "the scrape that is waited for");
        return text;
    }

    /// <summary>The real time, which callbacks take, that can be set ahead.</summary>
    private sealed class Steps : TimeProvider
    {
        private long _ahead;

        /// <summary>How much each look at it puts it ahead.</summary>
        public TimeSpan Step { get; init; }

        public override long TimestampFrequency => Stopwatch.Frequency;

        public void Ahead(TimeSpan time) => Interlocked.Add(ref _ahead, (long)(time.TotalSeconds * Stopwatch.Frequency));

        public override long GetTimestamp()
        {
            Ahead(Step);
            return Stopwatch.GetTimestamp() + Volatile.Read(ref _ahead);
        }
    }
}

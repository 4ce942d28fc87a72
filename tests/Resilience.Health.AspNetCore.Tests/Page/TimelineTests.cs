using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Page;

public sealed class TimelineTests
{
    private static readonly TimelineWindow Hour = TimelineWindow.Ending(Pages.Now, TimeSpan.FromDays(1));

    [Theory]
    [InlineData(-5, 1)]
    [InlineData(0, 1)]
    [InlineData(90, 90)]
    [InlineData(3600, 3600)]
    [InlineData(100_000, 3600)]
    public void Window_is_the_last_hour_or_since_the_start(int uptime, int length)
    {
        var window = TimelineWindow.Ending(Pages.Now, TimeSpan.FromSeconds(uptime));

        Assert.Equal((Pages.Now.AddSeconds(-length), Pages.Now), (window.From, window.To));
    }

    [Fact]
    public void Without_changes_nothing_is_drawn() => Assert.Empty(Bars());

    [Fact]
    public void State_from_before_the_window_fills_it() => AssertBars([(0, 600, HealthStatus.Healthy)], Bars((180, HealthStatus.Healthy)));

    [Fact]
    public void Before_the_first_change_nothing_is_drawn() => AssertBars([(300, 300, HealthStatus.Healthy)], Bars((30, HealthStatus.Healthy)));

    [Fact]
    public void Bars_meet_and_what_is_worse_is_drawn_last() => AssertBars(
        [(0, 100, HealthStatus.Healthy), (400, 200, HealthStatus.Healthy), (300, 100, HealthStatus.Degraded), (100, 200, HealthStatus.Unhealthy)],
        Bars((90, HealthStatus.Healthy), (50, HealthStatus.Unhealthy), (30, HealthStatus.Degraded), (20, HealthStatus.Healthy)));

    [Fact]
    public void Failure_of_a_second_is_wide_enough_to_be_seen()
    {
        var bars = Bars((90, HealthStatus.Healthy), (30, HealthStatus.Unhealthy), (30 - (1 / 60.0), HealthStatus.Healthy));

        Assert.Equal(HealthStatus.Unhealthy, bars[^1].Change.Status);
        Assert.Equal(Timeline.Narrowest, bars[^1].Width);
        Assert.InRange(300, bars[^1].Start, bars[^1].Start + bars[^1].Width);
        Assert.Equal(TimeSpan.FromSeconds(1), bars[^1].Until - bars[^1].Change.At);
    }

    [Fact]
    public void Failure_of_this_moment_is_drawn_within_the_picture()
    {
        var bar = Bars((90, HealthStatus.Healthy), (0.001, HealthStatus.Unhealthy))[^1];

        Assert.Equal((596, 4), (Math.Round(bar.Start), bar.Width));
    }

    [Fact]
    public void What_ended_before_the_window_is_left_out() =>
        AssertBars([(0, 600, HealthStatus.Healthy)], Bars((90, HealthStatus.Unhealthy), (70, HealthStatus.Healthy)));

    [Fact]
    public void Clocks_set_back_do_no_harm() =>
        AssertBars([(0, 600, HealthStatus.Healthy)], Bars((90, HealthStatus.Unhealthy), (-5, HealthStatus.Degraded), (90, HealthStatus.Healthy)).Where(bar => bar.Change.Status == HealthStatus.Healthy));

    [Fact]
    public void Any_changes_stay_within_the_picture()
    {
        for (var seed = 0; seed < 5000; seed++)
        {
            var random = new Random(seed);
            var changes = Enumerable.Range(0, random.Next(51)).Select(_ => (random.NextDouble() * 100 - 10, (HealthStatus)random.Next(3))).ToArray();
            if (random.Next(2) == 0)
                changes = [.. changes.OrderByDescending(change => change.Item1)];

            Assert.All(Bars(changes), bar => Assert.True(bar is { Start: >= 0, Width: > 0 } && bar.Start + bar.Width <= Timeline.Width + 1e-6, $"Seed {seed}: {bar}"));
        }
    }

    private static List<TimelineBar> Bars(params (double MinutesAgo, HealthStatus Status)[] changes) =>
        Timeline.Bars(Pages.Changes([.. changes.Select(change => (change.MinutesAgo, change.Status, (string?)null))]), Hour);

    private static void AssertBars((int Start, int Width, HealthStatus Status)[] expected, IEnumerable<TimelineBar> bars) =>
        Assert.Equal(expected, bars.Select(bar => ((int)Math.Round(bar.Start), (int)Math.Round(bar.Width), bar.Change.Status)));
}

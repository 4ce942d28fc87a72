using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>What a timeline shows: the last hour, or since the start if that was later.</summary>
internal readonly record struct TimelineWindow(DateTimeOffset From, DateTimeOffset To)
{
    private static readonly TimeSpan Longest = TimeSpan.FromHours(1), Shortest = TimeSpan.FromSeconds(1);

    public TimeSpan Length => To - From;

    public static TimelineWindow Ending(DateTimeOffset now, TimeSpan uptime) => new(now - TimeSpan.FromTicks(Math.Clamp(uptime.Ticks, Shortest.Ticks, Longest.Ticks)), now);
}

/// <summary>A stretch of one state.</summary>
/// <param name="Start">Where it begins, of <see cref="Timeline.Width"/>.</param>
/// <param name="Width">How wide it is drawn.</param>
/// <param name="Change">What began it.</param>
/// <param name="Until">When the next began, or the window's end.</param>
internal readonly record struct TimelineBar(double Start, double Width, CheckChange Change, DateTimeOffset Until);

/// <summary>A check's changes as bars. Pure.</summary>
internal static class Timeline
{
    public const double Width = 600;

    /// <summary>A failure of a second is seen in an hour too.</summary>
    public const double Narrowest = 4;

    /// <summary>Bars in the order to draw them: what is worse comes last, over what is better. Before the first change nothing is known, and nothing drawn.</summary>
    public static List<TimelineBar> Bars(IReadOnlyList<CheckChange> history, TimelineWindow window)
    {
        var bars = new List<TimelineBar>(history.Count);
        for (var i = 0; i < history.Count; i++)
        {
            // Clocks are set back: a change after now, or before the one before it, is drawn where it may be.
            var until = i + 1 < history.Count && history[i + 1].At < window.To ? history[i + 1].At : window.To;
            var (start, end) = (Place(history[i].At, window), Place(until, window));
            if (until <= window.From || end < start || (end <= start && history[i].At >= window.To && i + 1 < history.Count))
                continue;
            if (history[i].Status != HealthStatus.Healthy && end - start < Narrowest)
                start = Math.Clamp(((start + end) / 2) - (Narrowest / 2), 0, Width - Narrowest);
            var width = history[i].Status == HealthStatus.Healthy ? end - start : Math.Max(end - start, Narrowest);
            if (width > 0)
                bars.Add(new(start, width, history[i], until));
        }

        return [.. bars.OrderByDescending(bar => bar.Change.Status)];
    }

    private static double Place(DateTimeOffset at, TimelineWindow window) => Math.Clamp((at - window.From) / window.Length, 0, 1) * Width;
}

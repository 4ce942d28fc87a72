using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>One check on the status page.</summary>
internal static class CheckCard
{
    private const int ShownData = 20;
    private const double Height = 20;

    public static void Write(PageWriter page, CheckSnapshot check, TimelineWindow window, bool showMessages)
    {
        var state = check.IsKnown ? Name(check.Status) : "unknown";
        page.Write($"""<li class="{state}"><div class="head"><svg class="icon" aria-hidden="true"><use href="#{state}"/></svg><h3>{check.Name}</h3><span class="state">{check.Word}</span></div><p class="said">""");
        page.Write($"""<span class="kind">{(check.IsCritical ? "critical" : "optional")}</span>""");
        if (check is { Error: { } error, CheckedAt: not null })
            page.Write($"""<code>{error}</code>""");
        foreach (var fact in Facts(check, window.To))
            page.Write($"<span>{fact}</span>");
        page.Write($"</p>");

        if (showMessages && Message(check) is { Length: > 0 } message)
            page.Write($"""<p class="message">{message}</p>""");
        // Its own code is told above.
        Data(page, [.. check.Data.Where(item => item.Key != CheckErrors.DataKey || !Equals(item.Value, check.Error))]);
        Draw(page, check, window);
        page.Write($"</li>");
    }

    private static IEnumerable<string> Facts(CheckSnapshot check, DateTimeOffset now)
    {
        if (check.CheckedAt is not { } at)
        {
            yield return "has not run yet";
            yield break;
        }

        yield return $"for {PageText.Duration(now - check.Since)}";
        if (check.Failures > 0)
            yield return check.Failures == 1 ? "1 failure" : $"{check.Failures} failures in a row";
        yield return $"took {PageText.Duration(check.Latency)}";
        yield return $"checked {PageText.Duration(now - at)} ago";
    }

    // A description that the evaluator made of an exception says all of it already.
    private static string? Message(CheckSnapshot check) =>
        check.Exception is { } exception && ExceptionText.Message(exception) is { Length: > 0 } message && check.Description?.EndsWith(message, StringComparison.Ordinal) != true
            ? $"{check.Description} ({exception.GetType().Name}: {message})".TrimStart()
            : check.Description;

    private static void Data(PageWriter page, IReadOnlyList<KeyValuePair<string, object?>> data)
    {
        if (data.Count == 0)
            return;
        page.Write($"""<dl class="data">""");
        foreach (var (key, value) in data.Take(ShownData))
            page.Write($"<div><dt>{PageText.Short(key, 60)}</dt><dd>{PageText.Value(value)}</dd></div>");
        if (data.Count > ShownData)
            page.Write($"<div><dt>and {data.Count - ShownData} more</dt></div>");
        page.Write($"</dl>");
    }

    private static void Draw(PageWriter page, CheckSnapshot check, TimelineWindow window)
    {
        var length = PageText.Duration(window.Length);
        page.Write($"""<svg class="line" viewBox="0 0 {Timeline.Width} {Height}" preserveAspectRatio="none" role="img" aria-label="The last {length} of {check.Name}"><rect class="none" y="8" width="{Timeline.Width}" height="4"/>""");
        foreach (var bar in Timeline.Bars(check.History, window))
        {
            // The worse, the taller: to be read without colours.
            var height = bar.Change.Status switch { HealthStatus.Healthy => 8, HealthStatus.Degraded => 14, _ => Height };
            page.Write($"""<rect class="{Name(bar.Change.Status)}" x="{bar.Start}" y="{(Height - height) / 2}" width="{bar.Width}" height="{height}"><title>{Title(bar)}</title></rect>""");
        }

        page.Write($"""</svg><p class="ends"><span>{length} ago</span><span>now</span></p>""");
    }

    private static string Title(TimelineBar bar)
    {
        var error = bar.Change.Error is { } code ? $" ({PageText.Short(code, 40)})" : "";
        return $"{Name(bar.Change.Status)}{error} {PageText.Clock(bar.Change.At)} to {PageText.Clock(bar.Until)}, {PageText.Duration(bar.Until - bar.Change.At)}";
    }

    private static string Name(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "ok",
        HealthStatus.Degraded => "degraded",
        _ => "error",
    };
}

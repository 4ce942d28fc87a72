using System.Buffers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// The state of a service for people: one page that needs nothing else, no script, no other file. It may be sent with the strictest content security policy,
/// <c>default-src 'none'; style-src 'unsafe-inline'</c>. What is wrong comes first.
/// </summary>
internal static class StatusPage
{
    private const int Crowd = 12; // More checks than this are drawn smaller.

    /// <summary>Writes the page.</summary>
    /// <param name="output">UTF-8.</param>
    /// <param name="snapshot">What it shows.</param>
    /// <param name="usage">What the process uses.</param>
    /// <param name="title">The service's name.</param>
    /// <param name="version">The service's version; may be empty.</param>
    /// <param name="now">By the clock that the snapshot was taken with.</param>
    /// <param name="showMessages">Whether what checks and exceptions say in words is shown; it may name hosts and users.</param>
    public static void Render(
        IBufferWriter<byte> output, HealthSnapshot snapshot, ProcessUsage usage, string title, string version, DateTimeOffset now, bool showMessages)
    {
        var page = new PageWriter(output);
        var word = snapshot.Word;
        page.Write($"""
            <!DOCTYPE html>
            <html lang="en"><head><meta charset="utf-8"/><title>{word} · {title}</title>
            <meta name="viewport" content="width=device-width, initial-scale=1"/><meta name="color-scheme" content="light dark"/>
            <meta name="robots" content="noindex"/><meta http-equiv="refresh" content="5"/><style>
            """);
        page.Raw(PageStyle.Css);
        page.Write($"</style></head><body>");
        page.Raw(PageStyle.Icons);
        page.Write($"""<main><header><h1>{title}</h1><span class="version">{version}</span></header>""");

        page.Write($"""<section class="hero {word}"><svg class="icon" aria-hidden="true"><use href="#{word}"/></svg><div><p class="word">{word}</p>""");
        foreach (var sentence in Summary.Of(snapshot))
            page.Write($"<p>{sentence}</p>");
        page.Write($"</div></section>");
        Facts(page, snapshot, usage);

        var checks = snapshot.Checks.OrderBy(Rank).ToList();
        var wrong = checks.Count(check => check.Status != HealthStatus.Healthy);
        var window = TimelineWindow.Ending(now, usage.Uptime);
        Section(page, "Not well", checks.Take(wrong), wrong, window, showMessages);
        Section(page, "Well", checks.Skip(wrong), checks.Count - wrong, window, showMessages);

        page.Write($"<footer><p>{PageText.Moment(now)}. This page refreshes itself every 5 seconds.</p></footer></main></body></html>\n");
    }

    /// <summary>What is wrong first: failed before degraded, critical before optional, known before unknown. What is alike stays as it was registered.</summary>
    internal static int Rank(CheckSnapshot check) => ((int)check.Status * 4) + (check.IsCritical ? 0 : 2) + (check.IsKnown ? 0 : 1);

    private static void Facts(PageWriter page, HealthSnapshot snapshot, ProcessUsage usage)
    {
        page.Write($"""<dl class="facts">""");
        Fact(page, "Phase", PageText.Word(snapshot.Phase), null);
        Fact(page, "Up for", PageText.Duration(usage.Uptime), null);
        Fact(
            page,
            "Memory",
            usage.MemoryLimit > 0 ? $"{PageText.Bytes(usage.MemoryUsed)} of {PageText.Bytes(usage.MemoryLimit)}" : PageText.Bytes(usage.MemoryUsed),
            usage.MemoryLimit > 0 ? (double)usage.MemoryUsed / usage.MemoryLimit : null);
        Fact(page, "Processor", PageText.Percent(usage.Cpu), usage.Cpu);
        page.Write($"</dl>");
    }

    private static void Fact(PageWriter page, string name, string value, double? share)
    {
        page.Write($"<div><dt>{name}</dt><dd>{value}</dd>");
        if (share is { } part && double.IsFinite(part))
        {
            var (width, level) = (Math.Clamp(part, 0, 1) * 100, part > 0.9 ? "high" : "");
            page.Write($"""<dd><svg class="meter {level}" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true"><rect class="rest" width="100" height="4"/><rect class="part" width="{width}" height="4"/></svg></dd>""");
        }

        page.Write($"</div>");
    }

    private static void Section(PageWriter page, string title, IEnumerable<CheckSnapshot> checks, int count, TimelineWindow window, bool showMessages)
    {
        if (count == 0)
            return;
        page.Write($"""<h2>{title} <span>{count}</span></h2><ul class="checks {(count > Crowd ? "dense" : "")}">""");
        foreach (var check in checks)
            CheckCard.Write(page, check, window, showMessages);
        page.Write($"</ul>");
    }
}

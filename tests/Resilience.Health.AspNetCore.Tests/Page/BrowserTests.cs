using System.Net;
using System.Text.Json;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Page;

/// <summary>The page in a real browser, which is asked what it made of it.</summary>
public sealed class BrowserTests : IDisposable
{
    private const string Chromium = "/usr/bin/chromium";

    private static readonly string[] Flags =
    [
        "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync",
    ];

    private readonly string _folder = Directory.CreateTempSubdirectory("page-").FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    /// <summary>The page stands in a frame as wide as a small phone; a script beside it, which the page itself may not have, measures it.</summary>
    [Fact]
    public async Task Page_shows_all_and_fits_a_phone_and_runs_nothing_under_its_policy()
    {
        Assert.True(File.Exists(Chromium), $"{Chromium} is missing. Install it (Debian and Ubuntu: apt-get install chromium).");
        var html = Pages.Render(Pages.Hostile(), title: "</title><script>parent.hit = true</script>")
            .Replace("<meta charset", """<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'"/><meta charset""", StringComparison.Ordinal);
        var harness = Path.Combine(_folder, "harness.html");
        await File.WriteAllTextAsync(
            harness,
            $$"""
            <!DOCTYPE html><meta charset="utf-8"><script>
            window.hit = false;
            function measure(frame) {
                const page = frame.contentDocument, root = page.documentElement;
                const bar = page.querySelector('.line .error'), icon = page.querySelector('.hero .icon');
                document.title = JSON.stringify({
                    width: root.scrollWidth, height: root.scrollHeight, cards: page.querySelectorAll('li').length, scripts: page.scripts.length, images: page.images.length, hit: window.hit,
                    word: page.querySelector('.word').textContent, colour: getComputedStyle(bar).fill, bar: bar.getBoundingClientRect().width, icon: icon.getBoundingClientRect().width,
                    size: getComputedStyle(page.querySelector('.word')).fontSize, title: page.title });
            }
            </script><iframe width="360" height="700" style="border:0" onload="measure(this)" srcdoc="{{WebUtility.HtmlEncode(html)}}"></iframe>
            """,
            TestContext.Current.CancellationToken);

        using var browser = Daemon.Start(Chromium, [.. Flags, $"--user-data-dir={Path.Combine(_folder, "profile")}", "--dump-dom", $"file://{harness}"]);
        await browser.ExitAsync();

        var title = browser.Lines.SelectMany(line => line.Split("<title>").Skip(1)).FirstOrDefault()?.Split("</title>")[0];
        Assert.True(title is not null, $"The browser did not render the page: {browser.Output}");
        var seen = JsonDocument.Parse(WebUtility.HtmlDecode(title)).RootElement;
        Assert.Equal("error", seen.GetProperty("word").GetString());
        Assert.Equal(3, seen.GetProperty("cards").GetInt32());
        Assert.Equal(0, seen.GetProperty("scripts").GetInt32());
        Assert.Equal(0, seen.GetProperty("images").GetInt32());
        Assert.False(seen.GetProperty("hit").GetBoolean());
        Assert.InRange(seen.GetProperty("width").GetInt32(), 300, 360); // No scrolling sideways.
        Assert.InRange(seen.GetProperty("height").GetInt32(), 700, 5000);
        Assert.NotEqual("rgb(0, 0, 0)", seen.GetProperty("colour").GetString()); // The styles are applied under the policy.
        Assert.Equal("28px", seen.GetProperty("size").GetString());
        Assert.InRange(seen.GetProperty("bar").GetDouble(), 50, 200); // 20 minutes of 60.
        Assert.InRange(seen.GetProperty("icon").GetDouble(), 30, 60);
    }
}

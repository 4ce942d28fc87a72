using System.Text.RegularExpressions;
using System.Xml;
using System.Xml.Linq;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

public sealed partial class StatusPageTests
{
    private static readonly string[] Elements =
    [
        "html", "head", "meta", "title", "style", "body", "main", "header", "section", "footer", "div", "span", "p", "h1", "h2", "h3", "ul", "li", "dl", "dt", "dd", "code",
        "svg", "defs", "symbol", "use", "circle", "path", "rect",
    ];

    private static readonly string[] Attributes =
    [
        "lang", "charset", "name", "content", "http-equiv", "class", "id", "href", "style", "role", "aria-hidden", "aria-label", "viewBox", "preserveAspectRatio",
        "width", "height", "x", "y", "cx", "cy", "r", "d",
    ];

    [Theory]
    [InlineData("ok", "All 6 checks are well.")]
    [InlineData("error", "It cannot do its work: orders-db has failed.")]
    [InlineData("starting", "It waits for orders-db, cache.")]
    [InlineData("draining", "It has been told to stop, and finishes the requests that it has.")]
    [InlineData("degraded", "It works, though not fully: cache is not well.")]
    public void Word_and_reason_are_there_in_text(string word, string sentence)
    {
        var snapshot = word switch
        {
            "ok" => Pages.Well(),
            "error" => Pages.Failed(),
            "starting" => Pages.Starting(),
            "draining" => Pages.Snapshot(HealthPhase.Draining, Pages.Check("db")),
            _ => Pages.Snapshot(HealthPhase.Running, Pages.Check("db"), Pages.Check("cache", HealthStatus.Degraded, critical: false)),
        };

        var page = Parse(Pages.Render(snapshot));

        Assert.Equal($"{word} · Orders API", page.Descendants("title").First().Value);
        Assert.Equal([word, sentence], Of(page, "section", $"hero {word}").Descendants("p").Select(p => p.Value));
        Assert.Equal($"#{word}", Of(page, "section", $"hero {word}").Descendants("use").Single().Attribute("href")?.Value);
    }

    [Fact]
    public void Process_that_is_not_live_says_so()
    {
        var page = Pages.Render(new HealthSnapshot(HealthPhase.Running, Pages.Now, isMoving: false, []));

        Assert.Contains("This process itself is not well (stalled)", page, StringComparison.Ordinal);
    }

    [Fact]
    public void What_is_wrong_comes_first()
    {
        var snapshot = Pages.Snapshot(
            HealthPhase.Running,
            Pages.Check("a well"),
            Pages.Check("b degraded optional", HealthStatus.Degraded, critical: false),
            Pages.Unknown("c unknown"),
            Pages.Check("d degraded", HealthStatus.Degraded),
            Pages.Check("e failed", HealthStatus.Unhealthy),
            Pages.Check("f failed", HealthStatus.Unhealthy),
            Pages.Check("g well optional", critical: false));

        var page = Parse(Pages.Render(snapshot));

        Assert.Equal(
            ["e failed", "f failed", "c unknown", "d degraded", "b degraded optional", "a well", "g well optional"],
            page.Descendants("h3").Select(name => name.Value));
        Assert.Equal(["Not well 5", "Well 2"], page.Descendants("h2").Select(title => title.Value));
    }

    [Fact]
    public void Card_tells_all_there_is_about_a_check()
    {
        var card = Card(Pages.Failed(), "orders-db");

        Assert.Equal("error", card.Attribute("class")?.Value);
        Assert.Equal("error", Of(card, "span", "state").Value);
        Assert.Equal(
            ["critical", "refused", "for 2 min 10 s", "6 failures in a row", "took 2.1 ms", "checked 4 s ago"],
            Of(card, "p", "said").Elements().Select(fact => fact.Value));
        Assert.Equal("Failed to connect to 10.0.0.7:5432 (InvalidOperationException: Connection refused)", Of(card, "p", "message").Value);
        Assert.Equal(["connections0", "attempted5 s"], Of(card, "dl", "data").Elements().Select(item => item.Value));
    }

    [Fact]
    public void Timeline_says_when_and_why()
    {
        var titles = Card(Pages.Failed(), "orders-db").Descendants("title").Select(title => title.Value);

        Assert.Equal(
            [
                "ok 09:00:00 to 11:16:00, 2 h 16 min",
                "ok 11:16:12 to 11:57:48, 41 min 36 s",
                "error (timeout) 11:16:00 to 11:16:12, 12 s",
                "error (refused) 11:57:48 to 12:00:00, 2 min 12 s",
            ],
            titles);
    }

    [Fact]
    public void Messages_are_shown_only_to_those_who_may_read_them()
    {
        var page = Pages.Render(Pages.Failed(), showMessages: false);

        Assert.DoesNotContain("10.0.0.7", page, StringComparison.Ordinal);
        Assert.DoesNotContain("InvalidOperation", page, StringComparison.Ordinal);
        Assert.Contains("refused", page, StringComparison.Ordinal);
    }

    [Fact]
    public void Checks_that_have_not_run_say_so() =>
        Assert.Equal(["critical", "has not run yet"], Of(Card(Pages.Starting(), "catalog"), "p", "said").Elements().Select(fact => fact.Value));

    [Fact]
    public void Process_is_described()
    {
        var page = Parse(Pages.Render(Pages.Well()));

        Assert.Equal(
            ["Phaserunning", "Up for2 d 4 h", "Memory412 MiB of 1 GiB", "Processor7 %"],
            Of(page, "dl", "facts").Elements().Select(fact => fact.Value));
        Assert.Contains("1.4.2", page.Root?.Value, StringComparison.Ordinal);
    }

    [Fact]
    public void Numbers_that_make_no_sense_do_no_harm()
    {
        var snapshot = Pages.Snapshot(HealthPhase.Running, Pages.Check("x") with
        {
            Latency = TimeSpan.MinValue,
            CheckedAt = DateTimeOffset.MaxValue,
            Since = DateTimeOffset.MinValue,
            Data = new Dictionary<string, object?> { ["nan"] = double.NaN, ["null"] = null },
            History = [new(DateTimeOffset.MaxValue, HealthStatus.Unhealthy, null), new(DateTimeOffset.MinValue, HealthStatus.Healthy, null)],
        });

        foreach (var usage in new ProcessUsage[] { new(TimeSpan.MinValue, -1, 0, double.NaN), new(TimeSpan.MaxValue, long.MaxValue, 1, double.PositiveInfinity) })
            AssertHarmless(Pages.Render(snapshot, usage));
    }

    [Fact]
    public void Hostile_text_stays_text()
    {
        var html = Pages.Render(Pages.Hostile(), title: "<script>alert('t')</script>\u202e", version: "\"><img src=x>");

        AssertHarmless(html);
        Assert.DoesNotMatch("[\\u0000-\\u0009\\u000b-\\u001f\\u202a-\\u202e\\u2028\\u2029\\ud800-\\udfff]", html.Replace("🙂", "", StringComparison.Ordinal));
        Assert.Contains("<script>alert('x')</script>", Parse(html).Root?.Value, StringComparison.Ordinal);
        Assert.InRange(html.Length, 1000, 20_000);
    }

    [Fact]
    public void Other_languages_are_readable() => Assert.Contains("名前 – naïve 🙂", Parse(Pages.Render(Pages.Hostile())).Root?.Value, StringComparison.Ordinal);

    [Fact]
    public void Page_needs_nothing_but_itself()
    {
        foreach (var snapshot in new[] { Pages.Well(), Pages.Failed(), Pages.Starting(), Pages.Many(), Pages.Hostile(), Pages.Snapshot(HealthPhase.Draining) })
            AssertHarmless(Pages.Render(snapshot));
    }

    [Fact]
    public void Data_is_bounded()
    {
        var snapshot = Pages.Snapshot(HealthPhase.Running, Pages.Check("x") with
        {
            Data = Enumerable.Range(0, 1000).ToDictionary(i => $"key{i}", i => (object?)Enumerable.Range(0, 1000).ToList()),
        });

        var html = Pages.Render(snapshot);

        Assert.Contains("and 980 more", html, StringComparison.Ordinal);
        Assert.InRange(html.Length, 1000, 20_000);
    }

    [Fact]
    public void Exceptions_are_shown_without_secrets_and_a_code_once()
    {
        var check = Pages.Check("db", HealthStatus.Unhealthy, error: "refused") with
        {
            Description = "Cannot connect.",
            Exception = new InvalidOperationException("Host=db;Password=hunter2;Timeout=5 does not answer"),
            Data = new Dictionary<string, object?> { ["error"] = "refused", ["port"] = 5432L },
        };

        var html = Pages.Render(Pages.Snapshot(HealthPhase.Running, check));

        Assert.Contains("Cannot connect. (InvalidOperationException: Host=db;", html, StringComparison.Ordinal);
        Assert.DoesNotContain("hunter2", html, StringComparison.Ordinal);
        Assert.Contains("<dt>port</dt>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("<dt>error</dt>", html, StringComparison.Ordinal);
    }

    [Fact]
    public void Two_hundred_flapping_checks_fit_in_one_and_a_half_megabytes()
    {
        var html = Pages.Render(Pages.Many());

        Assert.Equal(200, Parse(html).Descendants("h3").Count());
        Assert.InRange(html.Length, 100_000, 1_500_000);
    }

    private static XElement Card(HealthSnapshot snapshot, string name) => Parse(Pages.Render(snapshot)).Descendants("li").Single(card => card.Descendants("h3").Single().Value == name);

    private static XElement Of(XContainer within, string element, string css) => within.Descendants(element).Single(found => found.Attribute("class")?.Value == css);

    /// <summary>Well-formed, and of nothing but known elements and attributes: no script, no other address, no handler.</summary>
    private static void AssertHarmless(string html)
    {
        var page = Parse(html);
        Assert.Empty(page.Descendants().Select(element => element.Name.LocalName).Except(Elements));
        Assert.Empty(page.Descendants().Attributes().Select(attribute => attribute.Name.LocalName).Except(Attributes));
        Assert.All(page.Descendants().Attributes("href"), href => Assert.Matches("^#[a-z]+$", href.Value));
        Assert.DoesNotContain("url(", page.Descendants("style").Single().Value, StringComparison.Ordinal);
        Assert.Single(page.Descendants("meta").Attributes("http-equiv"), attribute => attribute.Value == "refresh");
        var known = page.Descendants("symbol").Select(symbol => "#" + symbol.Attribute("id")?.Value).ToHashSet();
        Assert.All(page.Descendants("use"), use => Assert.Contains(use.Attribute("href")?.Value ?? "", known));
        Assert.DoesNotMatch(NotNumbers(), html);
    }

    /// <summary>It is written so that it is XML too.</summary>
    private static XDocument Parse(string html)
    {
        using var reader = XmlReader.Create(new StringReader(html), new XmlReaderSettings { DtdProcessing = DtdProcessing.Ignore });
        return XDocument.Load(reader);
    }

    [GeneratedRegex("=\"(NaN|Infinity|-?∞|[0-9.]+E)", RegexOptions.CultureInvariant)]
    private static partial Regex NotNumbers();
}

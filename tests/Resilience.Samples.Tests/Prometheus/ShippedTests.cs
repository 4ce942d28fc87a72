using System.Text.Json;
using System.Text.RegularExpressions;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>What Prometheus' own tool says of the files to copy.</summary>
public sealed partial class ShippedTests
{
    [Theory]
    [InlineData("check", "config", "prometheus.yml")]
    [InlineData("check", "rules", "alerts.yml")]
    [InlineData("test", "rules", "alerts.test.yml")]
    public async Task Files_are_accepted_by_promtool(string verb, string what, string file) =>
        Assert.Contains("SUCCESS", await Daemon.RunAsync("promtool", verb, what, Shipped.Path(file)), StringComparison.Ordinal);

    [Fact]
    public void Every_alert_has_a_test_in_which_it_fires_and_one_in_which_it_does_not()
    {
        var tests = File.ReadAllText(Shipped.Path("alerts.test.yml"));
        foreach (var alert in Alerts())
        {
            Assert.Contains($"alertname: {alert}\n        exp_alerts:\n", tests, StringComparison.Ordinal);
            Assert.Contains($"alertname: {alert}, exp_alerts: []", tests, StringComparison.Ordinal);
        }
    }

    [Fact]
    public void Every_alert_is_in_the_table_and_says_what_to_do_first()
    {
        var readme = File.ReadAllText(Shipped.Path("README.md"));
        var rules = File.ReadAllText(Shipped.Path("alerts.yml"));
        var alerts = Alerts();
        Assert.Equal(19, alerts.Count);
        Assert.All(alerts, alert => Assert.Contains($"| {alert} | ", readme, StringComparison.Ordinal));
        Assert.Equal(alerts.Count, rules.Split("First: ").Length - 1);
        Assert.Equal(alerts.Count, rules.Split("labels: { severity: ").Length - 1);
    }

    [Fact]
    public void Quick_rules_are_the_shipped_ones_but_for_their_durations()
    {
        var (shipped, quick) = (File.ReadAllLines(Shipped.Path("alerts.yml")), Shipped.QuickRules().Split('\n'));
        Assert.Equal(shipped.Length, quick.Length - 1);
        Assert.Equal(shipped.Count(line => line.Contains("for: ", StringComparison.Ordinal)), shipped.Zip(quick).Count(pair => pair.First != pair.Second && pair.Second.EndsWith("ms", StringComparison.Ordinal)));
        Assert.DoesNotMatch(@"\[\d+[sm]\]", string.Join('\n', quick));
        Assert.Contains("        for: 3200ms", quick); // Two minutes.
    }

    [Fact]
    public void Dashboard_names_its_data_source_by_variable_and_no_panel_lies_on_another()
    {
        var text = File.ReadAllText(Shipped.Path("dashboard.json"));
        var dashboard = JsonDocument.Parse(text, new() { AllowDuplicateProperties = false }).RootElement;
        var panels = dashboard.GetProperty("panels").EnumerateArray().ToList();
        var taken = new HashSet<(int, int)>();
        foreach (var place in panels.Select(panel => panel.GetProperty("gridPos")))
        {
            var (left, top) = (place.GetProperty("x").GetInt32(), place.GetProperty("y").GetInt32());
            foreach (var x in Enumerable.Range(left, place.GetProperty("w").GetInt32()))
            {
                Assert.InRange(x, 0, 23);
                foreach (var y in Enumerable.Range(top, place.GetProperty("h").GetInt32()))
                    Assert.True(taken.Add((x, y)), $"Two panels at {x}, {y}.");
            }
        }

        Assert.Equal(panels.Count, panels.Select(panel => panel.GetProperty("id").GetInt32()).Distinct().Count());
        Assert.All(panels.Where(panel => panel.GetProperty("type").GetString() != "row"), panel =>
        {
            Assert.Equal("${DS}", panel.GetProperty("datasource").GetProperty("uid").GetString());
            Assert.NotEmpty(panel.GetProperty("fieldConfig").GetProperty("defaults").GetProperty("unit").GetString() ?? "");
            Assert.All(panel.GetProperty("targets").EnumerateArray(), target => Assert.NotEmpty(target.GetProperty("legendFormat").GetString() ?? ""));
        });
        Assert.Equal(["DS", "job", "instance"], dashboard.GetProperty("templating").GetProperty("list").EnumerateArray().Select(variable => variable.GetProperty("name").GetString()));
    }

    private static List<string> Alerts() => [.. AlertNames().Matches(File.ReadAllText(Shipped.Path("alerts.yml"))).Select(match => match.Groups[1].Value)];

    [GeneratedRegex(@"- alert: (\w+)")]
    private static partial Regex AlertNames();
}

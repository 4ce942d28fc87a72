using System.Text.Json;
using Resilience.OutageLab.Report;
using Resilience.OutageLab.Scenarios;

namespace Resilience.OutageLab.Tests.Scenarios;

public sealed class CatalogTests
{
    [Fact]
    public void Scenarios_have_names_of_their_own_and_steps_in_order_within_the_run()
    {
        foreach (var aside in new[] { false, true })
        {
            var all = Catalog.Full(aside);
            Assert.Equal(all.Count, all.Select(scenario => scenario.Name).Distinct().Count());
            Assert.All(all, scenario =>
            {
                Assert.Equal(scenario.Steps.Select(step => step.At).Order(), scenario.Steps.Select(step => step.At));
                Assert.All(scenario.Steps, step => Assert.InRange(step.At, 0, scenario.Seconds));
                Assert.All(scenario.Steps, step => Assert.InRange(step.Instance, 0, scenario.Instances - 1));
            });
        }
    }

    [Fact]
    public void Overload_serves_half_of_what_is_offered_and_three_times_as_much_in_calm_times()
    {
        var overload = Catalog.Full(aside: false).Single(scenario => scenario.Name == "overload");
        Assert.Equal(500, overload.ServedInOutage);
        Assert.Equal(3000, overload.Calm.Capacity);
        Assert.Equal(1000, overload.Rate);
    }

    [Fact]
    public void Numbers_held_aside_are_others() =>
        Assert.DoesNotContain(
            Catalog.Full(aside: true).Where(scenario => !scenario.Name.StartsWith("random", StringComparison.Ordinal)).Select(Whole),
            Catalog.Full(aside: false).Select(Whole).Contains);

    [Fact]
    public void An_unknown_scenario_client_or_option_is_told_with_the_known_ones()
    {
        Assert.Contains("killed-cold", Assert.Throws<ArgumentException>(() => CommandLine.Parse(["--only", "nothing"])).Message);
        Assert.Contains("retry124", Assert.Throws<ArgumentException>(() => CommandLine.Parse(["--clients", "nobody"])).Message);
        Assert.Throws<ArgumentException>(() => CommandLine.Parse(["--fast"]));
        Assert.Throws<ArgumentException>(() => CommandLine.Parse(["--repeat"]));
        Assert.Throws<ArgumentException>(() => CommandLine.Parse(["--repeat", "0"]));
    }

    private static string Whole(Scenario scenario) => JsonSerializer.Serialize(scenario with { What = "" }, Results.Json);
}

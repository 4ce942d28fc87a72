using System.Globalization;
using Resilience.OutageLab.Backend;

namespace Resilience.OutageLab.Scenarios;

/// <summary>All scenarios, in the order of the report.</summary>
internal static class Catalog
{
    private const double CollapseLimit = 60;

    /// <summary>Under two minutes with four clients: fewer seconds of overload and randomness, and the load of the 503s is light.</summary>
    public static IReadOnlyList<Scenario> Quick(bool aside)
    {
        var numbers = (aside ? Numbers.Aside : Numbers.Tuned) with { RandomSeconds = 8, OverloadSeconds = 3, Before = 2, After = 2 };
        string[] wanted = ["killed", "overload"];
        return
        [
            .. All(numbers).Where(scenario => wanted.Contains(scenario.Name)),
            .. All(numbers with { Rate = 200 }).Where(scenario => scenario.Name == "error503"),
            .. All(numbers).Where(scenario => scenario.Name.StartsWith("random", StringComparison.Ordinal)).Take(1),
        ];
    }

    /// <param name="aside">Whether with the other numbers.</param>
    /// <param name="rate">In place of the usual calls per second, where these are not the scenario's own.</param>
    public static IReadOnlyList<Scenario> Full(bool aside, double? rate = null)
    {
        var numbers = aside ? Numbers.Aside : Numbers.Tuned;
        return All(numbers with { Rate = rate ?? numbers.Rate });
    }

    private static List<Scenario> All(Numbers n)
    {
        var calm = new Behaviour { Service = n.Service, Workers = Workers(n.Rate * n.Headroom, n.Service) };
        var failing = calm with { FailShare = 1, NotReady = true };
        return
        [
            Steady(n, calm),
            .. Outages.Of(n, calm),
            .. Failures.Of(n, calm, failing),
            .. Overloads.Of(n, calm),
            .. Moves.Of(n, calm),
        ];
    }

    private static Scenario Steady(Numbers n, Behaviour calm) => new()
    {
        Name = "steady",
        What = Text($"nothing happens: {n.Rate} calls/s for 8 s"),
        Rate = n.Rate,
        Seconds = 8,
        Calm = calm,
    };

    public static int Workers(double perSecond, double service) => Math.Max(1, (int)Math.Round(perSecond * service / 1000));

    public static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    /// <summary>An outage by behaviour: after a while of calm, for so long, and then so much more.</summary>
    public static Scenario Misbehaving(Numbers n, string name, string what, string label, double rate, Behaviour calm, Behaviour bad, double seconds, double after) => new()
    {
        Name = name,
        What = what,
        Label = label,
        Rate = rate,
        Seconds = n.Before + seconds + after,
        Calm = calm,
        Steps = [new(n.Before, Act.Behave, Edge.Begins, bad), new(n.Before + seconds, Act.Behave, Edge.Ends)],
    };

    /// <summary>Calls once a process that stands for nothing else: the collapse lasts up to a minute more.</summary>
    public static Scenario Collapse(Numbers n, int fleet)
    {
        const double Rate = 100, Capacity = 140; // As in the simulations this repeats.
        var calm = new Behaviour { Workers = 1, Service = 1000 / Capacity };
        return Misbehaving(
            n, Text($"collapse{fleet}"), Text($"one queue of {Capacity}/s drops to {n.CollapseShare:P0} for {n.CollapseSeconds} s, under {Rate} calls/s from {fleet} small clients; 1 s per attempt, 10 s per call"),
            "capacity gone", Rate, calm, calm with { Service = calm.Service / n.CollapseShare }, n.CollapseSeconds, CollapseLimit) with
        {
            Fleet = fleet,
            AttemptTimeoutSeconds = 1,
            CallTimeoutSeconds = 10,
            ServedInOutage = Capacity * n.CollapseShare,
            MoreClients = [Clients.Catalog.Retry3],
        };
    }
}

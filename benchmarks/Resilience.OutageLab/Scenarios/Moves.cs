using Resilience.OutageLab.Backend;
using static Resilience.OutageLab.Scenarios.Catalog;

namespace Resilience.OutageLab.Scenarios;

/// <summary>The backend is elsewhere, or several.</summary>
internal static class Moves
{
    public static IEnumerable<Scenario> Of(Numbers n, Behaviour calm)
    {
        n = n with { Rate = Math.Min(n.Rate, Scenario.LightRate) };
        var half = calm with { Workers = Math.Max(1, calm.Workers / 2) };
        yield return new()
        {
            Name = "rolling",
            What = Text($"two instances behind one address, in turns; each is killed and restarted, one after the other; {n.Rate} calls/s"),
            Label = "one restarts",
            Rate = n.Rate,
            Seconds = n.Before + 2 * n.Killed + 4,
            Calm = half,
            Instances = 2,
            IsForwarded = true,
            Steps =
            [
                new(n.Before, Act.Kill, Edge.Begins, Instance: 0), new(n.Before + n.Killed / 2, Act.Return, Edge.Ends, Instance: 0),
                new(n.Before + n.Killed, Act.Kill, Edge.Begins, Instance: 1), new(n.Before + 1.5 * n.Killed, Act.Return, Edge.Ends, Instance: 1),
            ],
        };
        yield return new()
        {
            Name = "dns",
            What = Text($"the instance is killed, and the name leads to another {n.Killed / 2} s later; {n.Rate} calls/s"),
            Label = "name leads nowhere",
            Rate = n.Rate,
            Seconds = n.Before + n.Killed / 2 + 4,
            Calm = calm,
            Instances = 2,
            IsNamed = true,
            ServedInOutage = 0,
            Steps = [new(n.Before, Act.Kill, Edge.Begins), new(n.Before + n.Killed / 2, Act.Rename, Edge.Ends, Instance: 1)],
        };
    }
}

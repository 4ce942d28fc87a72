using Resilience.OutageLab.Backend;
using static Resilience.OutageLab.Scenarios.Catalog;

namespace Resilience.OutageLab.Scenarios;

/// <summary>The process is gone, or stands still.</summary>
internal static class Outages
{
    public static IEnumerable<Scenario> Of(Numbers n, Behaviour calm)
    {
        var killed = Killed("killed", Text($"SIGKILL, back after {n.Killed} s, {n.Rate} calls/s"), n, calm, calm, n.After);
        yield return killed;

        var tight = calm with { Workers = Workers(n.Rate * n.ColdHeadroom, n.Service) };
        yield return Killed(
            "killed-cold", Text($"SIGKILL for {n.Killed} s; back with {n.ColdFactor} times the latency for {n.ColdSeconds} s, and never more than {n.ColdHeadroom} times the load's capacity"),
            n, tight, tight with { ColdFactor = n.ColdFactor, ColdSeconds = n.ColdSeconds }, after: 16);

        yield return killed with
        {
            Name = "hung",
            What = Text($"SIGSTOP for {n.Hung} s, {n.Rate} calls/s"),
            Label = "process frozen",
            Seconds = n.Before + n.Hung + n.After,
            Steps = [new(n.Before, Act.Freeze, Edge.Begins), new(n.Before + n.Hung, Act.Thaw, Edge.Ends)],
        };

        yield return killed with
        {
            Name = "flapping",
            What = Text($"down for {n.Flap} s, up for {n.Flap} s, five times, {n.Rate} calls/s"),
            Label = "killed",
            Seconds = n.Before + 10 * n.Flap + 3,
            Steps = [.. Enumerable.Range(0, 5).SelectMany(turn => Flap(n.Before + 2 * turn * n.Flap, n.Flap))],
        };

        yield return new()
        {
            Name = "slow-start",
            What = Text($"no outage: the backend is new, {n.ColdFactor} times the latency for {n.ColdSeconds} s, {n.ColdHeadroom} times the load's capacity"),
            Label = "cold",
            Rate = n.Rate,
            Seconds = n.ColdSeconds + 4,
            Calm = tight,
            Steps =
            [
                new(0, Act.Behave, Edge.Begins, tight with { ColdFactor = n.ColdFactor, ColdSeconds = n.ColdSeconds }),
                new(n.ColdSeconds, Act.Behave, Edge.Ends),
            ],
        };
    }

    private static Scenario Killed(string name, string what, Numbers n, Behaviour calm, Behaviour back, double after) => new()
    {
        Name = name,
        What = what,
        Label = "backend killed",
        Rate = n.Rate,
        Seconds = n.Before + n.Killed + after,
        Calm = calm,
        Steps = [new(n.Before, Act.Kill, Edge.Begins), new(n.Before + n.Killed, Act.Return, Edge.Ends, back)],
        ServedInOutage = 0,
    };

    private static IEnumerable<Step> Flap(double at, double down) => [new(at, Act.Kill, Edge.Begins), new(at + down, Act.Return, Edge.Ends)];
}

using Resilience.OutageLab.Backend;
using static Resilience.OutageLab.Scenarios.Catalog;

namespace Resilience.OutageLab.Scenarios;

/// <summary>The process does its best, which is not enough, or slower than it was.</summary>
internal static class Overloads
{
    public static IEnumerable<Scenario> Of(Numbers n, Behaviour calm)
    {
        var served = n.Rate / n.OverloadFactor;
        var busy = calm with { Workers = Workers(served, n.Service) };
        var overload = Misbehaving(
            n, "overload", Text($"can serve {busy.Capacity:0} of {n.Rate} calls/s for {n.OverloadSeconds} s, {calm.Capacity:0} before and after; everything queues"), "overload",
            n.Rate, calm, busy, n.OverloadSeconds, n.After + 3) with
        { ServedInOutage = busy.Capacity };
        yield return overload;
        yield return Misbehaving(
            n, "overload-shed", Text($"can serve {busy.Capacity:0} of {n.Rate} calls/s for {n.OverloadSeconds} s, {calm.Capacity:0} before and after; more than {n.QueueLimit} in the queue are shed with 503"), "overload, sheds",
            n.Rate, calm with { QueueLimit = n.QueueLimit }, busy with { QueueLimit = n.QueueLimit }, n.OverloadSeconds, n.After + 3) with
        { ServedInOutage = busy.Capacity };
        foreach (var fleet in n.Fleets)
            yield return Collapse(n, fleet);

        var flat = new Behaviour { Service = 5 };
        var ramp = Misbehaving(
            n, "ramp", Text($"latency rises from 5 ms to {n.RampTo} ms within {n.RampSeconds} s and falls again; no limit of capacity; {n.Rate} calls/s"), "latency ramp",
            n.Rate, flat, flat with { RampTo = n.RampTo, RampSeconds = n.RampSeconds }, 2 * n.RampSeconds, 3);
        var falls = new Step(n.Before + n.RampSeconds, Act.Behave, Edge.None, flat with { Service = n.RampTo, RampTo = 5, RampSeconds = n.RampSeconds });
        yield return ramp with { Steps = [ramp.Steps[0], falls, ramp.Steps[1]] };
    }
}

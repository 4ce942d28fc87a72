using Resilience.OutageLab.Backend;
using static Resilience.OutageLab.Scenarios.Catalog;

namespace Resilience.OutageLab.Scenarios;

/// <summary>The process is there, and answers badly.</summary>
internal static class Failures
{
    private const double Light = 100, Latency = 20;

    public static IEnumerable<Scenario> Of(Numbers n, Behaviour calm, Behaviour failing)
    {
        var error = Misbehaving(n, "error503", Text($"503 to all for {n.Failing} s, the health path says so, {n.Rate} calls/s"), "503 to all", n.Rate, calm, failing, n.Failing, n.After) with { ServedInOutage = 0 };
        yield return error;
        yield return Misbehaving(
            n, "error503-lies", Text($"503 to all for {n.Failing} s, while the health path says 200, {n.Rate} calls/s"), "503, health says 200", n.Rate, calm, failing with { NotReady = false }, n.Failing, 6) with
        { ServedInOutage = 0 };

        foreach (var percent in n.RandomFailures)
        {
            yield return new()
            {
                Name = Text($"random{percent}"),
                What = Text($"{percent} % of answers are 503, at random, after {Latency} ms; the health path says 200; {Light} calls/s for {n.RandomSeconds} s"),
                Label = Text($"{percent} % fail"),
                Rate = Light,
                Seconds = n.RandomSeconds,
                Calm = new() { Service = Latency, FailShare = percent / 100.0 },
                Steps = [new(0, Act.Behave, Edge.Begins, new() { Service = Latency, FailShare = percent / 100.0 })],
            };
        }

        yield return Misbehaving(
            n, "correlated", Text($"20 clients; a hidden state turns over every {n.Flip} ms for 10 s: all fail, or none; the health path says 200"), "all fail by turns",
            Light, new() { Service = Latency }, new() { Service = Latency, Flip = n.Flip }, 10, 6) with
        { Fleet = 20 };
        n = n with { Rate = Math.Min(n.Rate, Scenario.LightRate) }; // These do not depend on the load: side by side they cost a quarter of the time.
        yield return Misbehaving(
            n, "cut", Text($"{n.CutShare:P0} of bodies end in the middle for 5 s, {n.Rate} calls/s"), "bodies cut",
            n.Rate, calm, calm with { CutShare = n.CutShare }, 5, 3) with
        { MoreClients = [Clients.Catalog.OursBody] };
        yield return Misbehaving(
            n, "retry-after", Text($"503 with Retry-After {n.RetryAfter} for 3 s, {n.Rate} calls/s"), Text($"Retry-After {n.RetryAfter}"),
            n.Rate, calm, failing with { RetryAfterSeconds = n.RetryAfter }, 3, 5) with
        { ServedInOutage = 0 };
        yield return Misbehaving(
            n, "retry-after-storm", Text($"503 with Retry-After 60 for 3 s, {n.Rate} calls/s"), "Retry-After 60",
            n.Rate, calm, failing with { RetryAfterSeconds = 60 }, 3, 5) with
        { ServedInOutage = 0 };
    }
}

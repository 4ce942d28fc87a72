using System.Globalization;

namespace Resilience.Hosting;

/// <summary>What is wrong with the gate's options: each fault with key, value, bound and fix.</summary>
internal static class StartupGateFaults
{
    private static readonly TimeSpan Day = TimeSpan.FromHours(24), Shortest = TimeSpan.FromMilliseconds(100);

    /// <param name="options">The options.</param>
    /// <param name="checks">The names of the checks that the gate waits for.</param>
    public static IEnumerable<string> Of(StartupGateOptions options, IReadOnlyCollection<string> checks)
    {
        foreach (var fault in options.ReadFaults)
            yield return fault;
        if (!Enum.IsDefined(options.Mode))
            yield return Fault("Mode", options.Mode, "one of " + string.Join(", ", Enum.GetNames<GateMode>()), "pick one");
        if (options.Timeout < Shortest || options.Timeout > Day)
            yield return Fault("Timeout", options.Timeout, Bounds(Shortest, Day), "bring it within");
        if (options.OptionalTimeout < TimeSpan.Zero || options.OptionalTimeout > Day)
            yield return Fault("OptionalTimeout", options.OptionalTimeout, Bounds(TimeSpan.Zero, Day), "bring it within");
        if (options.ReportPeriod < Shortest || options.ReportPeriod > TimeSpan.FromHours(1))
            yield return Fault("ReportPeriod", options.ReportPeriod, Bounds(Shortest, TimeSpan.FromHours(1)), "bring it within");
        foreach (var (name, check) in options.Checks)
        {
            if (!checks.Contains(name, StringComparer.OrdinalIgnoreCase))
                yield return $"StartupGate:Checks:{name} configures a check that is not waited for: tag it '{CheckTags.Startup}', or correct the name ({(checks.Count == 0 ? "there are none" : string.Join(", ", checks))}).";
            if (check.Timeout is { } timeout && (timeout < TimeSpan.Zero || timeout > Day))
                yield return Fault($"Checks:{name}:Timeout", timeout, Bounds(TimeSpan.Zero, Day), "bring it within");
            if (check.Stage is < 0 or > 100)
                yield return Fault($"Checks:{name}:Stage", check.Stage, "from 0 to 100", "bring it within");
        }
    }

    private static string Bounds(TimeSpan low, TimeSpan high) => $"from {low} to {high}";

    private static string Fault(string key, object value, string bound, string fix) =>
        string.Create(CultureInfo.InvariantCulture, $"StartupGate:{key} is {value} but must be {bound}: {fix}.");
}

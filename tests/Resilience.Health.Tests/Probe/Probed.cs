using System.Collections;
using System.Diagnostics;

namespace Resilience.Health.Tests.Probe;

/// <summary>Runs of the probe within this process.</summary>
internal static class Probed
{
    public const string DefaultUrl = "http://localhost:5000/health/ready";

    /// <summary>Long enough for a slow machine; for servers that answer.</summary>
    public static readonly TimeSpan Patient = TimeSpan.FromSeconds(30);

    /// <summary>For servers that never do.</summary>
    public static readonly TimeSpan Brief = TimeSpan.FromMilliseconds(400);

    public static readonly Hashtable Nothing = [];

    public static ProbeVerdict Ask(string target, TimeSpan? deadline = null) => HealthProbe.Verdict(["--health-check", target], Nothing, DefaultUrl, deadline ?? Patient);

    /// <summary>Also that it ended by its own deadline, and not by the server's patience: with much room, for slow machines.</summary>
    public static ProbeVerdict AskBriefly(string target, TimeSpan? patience = null)
    {
        var began = Stopwatch.GetTimestamp();
        var verdict = Ask(target, patience ?? Brief);
        var took = Stopwatch.GetElapsedTime(began);
        return took < TimeSpan.FromSeconds(15) ? verdict : throw new TimeoutException($"Took {took}: {verdict.Line}");
    }
}

namespace Resilience.Health;

/// <summary>Tags of checks that mean something to these packages. Other tags mean what you like.</summary>
public static class CheckTags
{
    /// <summary>
    /// The service has not started before each critical check with this tag has been healthy or degraded once: until then readiness and startup answer 503 <c>starting</c>.
    /// </summary>
    public const string Startup = "startup";

    /// <summary>
    /// The check is about this process only, and its failure means that a restart would help: it decides liveness, and not readiness. A check that
    /// asks another service must not carry it, or one outage restarts the whole fleet; known ones stop the host at start.
    /// </summary>
    public const string Live = "live";
}

namespace Resilience.Client;

/// <summary>
/// Section <c>Budget</c> of a backend: a limit on the attempts that come on top of first ones, for all calls together, so that
/// retries cannot keep an overloaded backend down.
/// </summary>
public sealed class BudgetOptions
{
    /// <summary>
    /// Extra attempts per call made in the <see cref="Window"/>. Default 0.2, as Envoy, Finagle and Linkerd have it; 0 to 10.
    /// </summary>
    public double Ratio { get; set; } = 0.2;

    /// <summary>
    /// Extra attempts that are always allowed per <see cref="Window"/>, so that a process with few calls can retry at all.
    /// Default 3; 0 to 1,000. Keep it small: it is multiplied by the number of processes.
    /// </summary>
    public int Floor { get; set; } = 3;

    /// <summary>How far back calls and extra attempts are counted. Default 10 s; 1 s to 5 min. Read once, at start.</summary>
    public TimeSpan Window { get; set; } = TimeSpan.FromSeconds(10);
}

namespace Resilience.Health;

/// <summary>
/// The state a check counts as having, given what its runs say: a few failures in a row are a blip, so many are a failure. It never hides that a check has
/// not been well yet, nor a definitive failure.
/// </summary>
internal sealed class Hysteresis(int failures, int successes)
{
    private int _against; // Runs in a row that contradict the state, all in one direction.
    private bool _worse;

    public HealthStatus State { get; private set; } = HealthStatus.Unhealthy;

    public bool HasBeenHealthy { get; private set; }

    /// <summary>Runs in a row, up to now, that were not healthy.</summary>
    public int Failures { get; private set; }

    /// <summary>Runs in a row, up to now, that were healthy.</summary>
    public int Successes { get; private set; }

    /// <param name="run">What the newest run said.</param>
    /// <param name="definitive">Whether waiting for more of the same is pointless.</param>
    public void Add(HealthStatus run, bool definitive)
    {
        (Failures, Successes) = run == HealthStatus.Healthy ? (0, Successes + 1) : (Failures + 1, 0);
        var worse = run < State; // Unhealthy is the least.
        _against = run == State ? 0 : worse == _worse ? _against + 1 : 1;
        _worse = worse;
        if (run != State && (!HasBeenHealthy || definitive && worse || _against >= (worse ? failures : successes)))
            (State, _against) = (run, 0);
        HasBeenHealthy |= run == HealthStatus.Healthy;
    }
}

namespace Resilience.Health;

/// <summary>
/// The state a check counts as having, given what its runs say: a few failures in a row are a blip, so many are a failure. It never hides that a check has
/// not been well yet, nor a definitive failure.
/// </summary>
internal sealed class Hysteresis(int failures, int successes)
{
    // Runs in a row that were at least as bad, or as good, as each status.
    private readonly int[] _asBad = new int[3], _asGood = new int[3];

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
        for (var status = HealthStatus.Unhealthy; status <= HealthStatus.Healthy; status++)
        {
            _asBad[(int)status] = run <= status ? _asBad[(int)status] + 1 : 0; // Unhealthy is the least.
            _asGood[(int)status] = run >= status ? _asGood[(int)status] + 1 : 0;
        }

        State = !HasBeenHealthy || definitive && run < State ? run : Worse() ?? Better() ?? State;
        HasBeenHealthy |= run == HealthStatus.Healthy;
    }

    private HealthStatus? Worse()
    {
        for (var status = HealthStatus.Unhealthy; status < State; status++)
        {
            if (_asBad[(int)status] >= failures)
                return status;
        }

        return null;
    }

    private HealthStatus? Better()
    {
        for (var status = HealthStatus.Healthy; status > State; status--)
        {
            if (_asGood[(int)status] >= successes)
                return status;
        }

        return null;
    }
}

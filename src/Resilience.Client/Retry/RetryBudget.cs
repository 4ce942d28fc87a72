namespace Resilience.Client;

/// <summary>
/// How many attempts beyond first ones are left: a share of the calls in the window plus a small floor.
/// Taken when a retry is decided, given back when it was never sent, or succeeded: what failures by chance cost need not be limited, what an
/// overloaded backend is sent in vain must be. Thread-safe.
/// </summary>
internal sealed class RetryBudget(TimeSpan window, Tally? passed = null)
{
    private const int Buckets = 20;

    private readonly RollingCounts _calls = new(window, Buckets, passed);
    private readonly RollingCounts _extra = new(window, Buckets);
    private readonly Lock _taking = new();

    public void CountCall(TimeSpan now) => _calls.Add(now, 1, 0);

    /// <summary>A call that the tally counts next.</summary>
    public void Pass(TimeSpan now) => _calls.Begin(now);

    public bool TryTake(TimeSpan now, Settings settings) => TryTake(now, settings, leaving: 0);

    /// <summary>
    /// The same for what may be a sign of overload, an attempt that was not answered in time, say: one beyond the share at most. Each of many small processes has a
    /// floor, and all of them together may be too much for one backend.
    /// </summary>
    public bool TryTakeCautiously(TimeSpan now, Settings settings) => TryTake(now, settings, leaving: Math.Max(0, settings.BudgetFloor - 1));

    /// <summary>The same of the share only.</summary>
    public bool TryTakeShare(TimeSpan now, Settings settings) => TryTake(now, settings, leaving: settings.BudgetFloor);

    private bool TryTake(TimeSpan now, Settings settings, int leaving)
    {
        lock (_taking)
        {
            if (Left(now, settings) < 1 + leaving)
                return false;
            _extra.Add(now, 1, 0);
            return true;
        }
    }

    /// <param name="taken">When: with that moment it leaves the window, so that nothing is credit for later.</param>
    /// <param name="now">When it turned out not to be needed.</param>
    public void GiveBack(TimeSpan taken, TimeSpan now)
    {
        if (now - taken < window - (window / Buckets))
            _extra.Add(taken, 0, 1);
    }

    public double Left(TimeSpan now, Settings settings)
    {
        var (calls, _) = _calls.Sum(now);
        var (taken, givenBack) = _extra.Sum(now);
        return Math.Max(0, settings.BudgetFloor + settings.BudgetRatio * calls - Math.Max(0, taken - givenBack));
    }
}

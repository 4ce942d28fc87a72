namespace Resilience.Client;

/// <summary>
/// How many attempts beyond first ones are left: a share of the calls in the window plus a small floor.
/// Taken when a retry is decided, given back when it was never sent, or succeeded: what failures by chance cost need not be limited, what an
/// overloaded backend is sent in vain must be. Thread-safe.
/// </summary>
internal sealed class RetryBudget(TimeSpan window)
{
    private const int Buckets = 20;

    private readonly RollingCounts _calls = new(window, Buckets);
    private readonly RollingCounts _extra = new(window, Buckets);
    private readonly Lock _taking = new();

    public void CountCall(TimeSpan now) => _calls.Add(now, 1, 0);

    public bool TryTake(TimeSpan now, Settings settings)
    {
        lock (_taking)
        {
            if (Left(now, settings) < 1)
                return false;
            _extra.Add(now, 1, 0);
            return true;
        }
    }

    /// <summary>Takes one whether or not there is one: for recovery trials, whose pace the probe schedule sets.</summary>
    public void Charge(TimeSpan now) => _extra.Add(now, 1, 0);

    public void GiveBack(TimeSpan now) => _extra.Add(now, 0, 1);

    public double Left(TimeSpan now, Settings settings)
    {
        var (calls, _) = _calls.Sum(now);
        var (taken, givenBack) = _extra.Sum(now);
        return Math.Max(0, settings.BudgetFloor + settings.BudgetRatio * calls - Math.Max(0, taken - givenBack));
    }
}

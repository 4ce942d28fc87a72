namespace Resilience.Client;

/// <summary>
/// The attempts under way since the backend came back last: those that hang from before an outage take no place from those after it. Thread-safe.
/// </summary>
internal sealed class Places
{
    private int _taken;
    private int _peak;

    public int Taken => Volatile.Read(ref _taken);

    /// <summary>The most that were taken since it was asked to begin anew; about.</summary>
    public int Peak => Volatile.Read(ref _peak);

    // By comparison, not by adding and taking back: a place that is refused was never missing to another.
    public bool TryTake(int limit)
    {
        var taken = Volatile.Read(ref _taken);
        while (taken < limit)
        {
            var before = Interlocked.CompareExchange(ref _taken, taken + 1, taken);
            if (before == taken)
            {
                if (taken >= _peak)
                    Volatile.Write(ref _peak, taken + 1);
                return true;
            }

            taken = before;
        }

        return false;
    }

    public void Take() => Interlocked.Increment(ref _taken);

    public void GiveBack() => Interlocked.Decrement(ref _taken);

    public void BeginPeak() => Volatile.Write(ref _peak, Taken);
}

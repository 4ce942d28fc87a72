namespace Resilience.Client;

/// <summary>
/// A real call against what the health path says, while the start waits. Where nobody waits it is kept for the next call, which may be one
/// that never waits. Not thread-safe: the lock of <see cref="Entrance"/> covers it.
/// </summary>
internal sealed class Trial
{
    private bool _isOffered;

    /// <summary>When one was let in last, if any was.</summary>
    public TimeSpan? Last { get; private set; }

    /// <summary>Said with every answer: what was true at the one before, that connections are taken, need not be now.</summary>
    public void Offer(bool isDue) => _isOffered = isDue;

    public bool TryTake(TimeSpan now)
    {
        if (!_isOffered)
            return false;
        _isOffered = false;
        Last = now;
        return true;
    }
}

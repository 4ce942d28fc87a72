namespace Resilience.Hosting;

/// <summary>
/// Shows that the thread pool runs what is queued: behind all that waits there already, like anybody's work. One item at a time.
/// </summary>
/// <param name="ran">Told on the pool, when it has run.</param>
internal sealed class PoolProof(Action ran)
{
    private TimeSpan? _queuedAt; // The dedicated thread's alone.
    private int _runs;
    private int _seen;

    /// <summary>When the newest item was queued that has run.</summary>
    public TimeSpan? ProvenAt { get; private set; }

    /// <summary>Since when an item has been waiting; null if none is.</summary>
    public TimeSpan? WaitingSince => _queuedAt;

    /// <summary>Looks whether it has run.</summary>
    public void Look()
    {
        if (_queuedAt is null || Volatile.Read(ref _runs) == _seen)
            return;
        _seen++;
        (ProvenAt, _queuedAt) = (_queuedAt, null);
    }

    /// <summary>Queues an item, unless one is waiting.</summary>
    public void Ask(TimeSpan now)
    {
        if (_queuedAt is not null)
            return;
        _queuedAt = now;
        ThreadPool.UnsafeQueueUserWorkItem(static me => me.Run(), this, preferLocal: false);
    }

    private void Run()
    {
        Interlocked.Increment(ref _runs);
        ran();
    }
}

namespace Resilience.Health;

/// <summary>When the service had started, and when it was told to stop, by the clock's timestamp: null before. The first time counts. Safe for use by many threads.</summary>
internal sealed class Milestones(TimeProvider time)
{
    private readonly Lock _lock = new();
    private long? _startedAt, _drainsSince;

    public (long? StartedAt, long? DrainsSince) Now
    {
        get
        {
            lock (_lock)
                return (_startedAt, _drainsSince);
        }
    }

    public void Starts()
    {
        lock (_lock)
            _startedAt ??= time.GetTimestamp();
    }

    public void Drains()
    {
        lock (_lock)
            _drainsSince ??= time.GetTimestamp();
    }
}

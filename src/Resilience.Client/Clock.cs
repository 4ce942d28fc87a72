namespace Resilience.Client;

/// <summary>Monotonic time since its own start: what all policies count in. The wall clock is asked for dates only.</summary>
internal sealed class Clock(TimeProvider time)
{
    private static readonly TimeSpan Step = TimeSpan.FromSeconds(1);

    private readonly long _origin = time.GetTimestamp();
    private readonly double _perTick = (double)TimeSpan.TicksPerSecond / time.TimestampFrequency;
    private long _started = time.GetUtcNow().UtcTicks;

    public TimeProvider Time { get; } = time;

    public TimeSpan Now => new((long)((Time.GetTimestamp() - _origin) * _perTick));

    /// <summary>The date of a moment, the same each time it is asked for, unless the wall clock was set meanwhile.</summary>
    public DateTimeOffset Date(TimeSpan at)
    {
        var started = Volatile.Read(ref _started);
        var drift = Time.GetUtcNow().UtcTicks - (started + Now.Ticks);
        if (Math.Abs(drift) > Step.Ticks)
            Volatile.Write(ref _started, started += drift);
        return new(started + at.Ticks, TimeSpan.Zero);
    }
}

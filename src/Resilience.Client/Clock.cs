namespace Resilience.Client;

/// <summary>Monotonic time since its own start: what all policies count in. The wall clock is asked for dates only.</summary>
internal sealed class Clock(TimeProvider time)
{
    private readonly long _origin = time.GetTimestamp();

    public TimeProvider Time { get; } = time;

    public TimeSpan Now => Time.GetElapsedTime(_origin);
}

namespace Resilience.Health;

/// <summary>Measures what this process uses, a sample a second. <see cref="Sample"/> is called by one loop; <see cref="Usage"/> by anybody.</summary>
internal sealed class UsageMeter(TimeProvider time)
{
    private const int Window = 10; // Samples.

    private readonly TimeSpan _age = AgeOfProcess();
    private readonly long _made = time.GetTimestamp();
    private readonly (long At, TimeSpan Busy)[] _samples = new (long, TimeSpan)[Window + 1];
    private volatile int _count;

    public ProcessUsage Usage { get; private set; } = new(TimeSpan.Zero, 0, 0, 0);

    public bool HasCpu => _count > 1;

    /// <summary>How old this process was at a timestamp of the clock.</summary>
    public TimeSpan AgeAt(long timestamp) => _age + time.GetElapsedTime(_made, timestamp);

    /// <summary>Takes a sample. Never throws: what cannot be measured stays as it was.</summary>
    public void Sample()
    {
        try
        {
            Measure();
        }
        catch (Exception) // Of the system's many ways to count, one or the other is always missing somewhere.
        {
        }
    }

    private void Measure()
    {
        var now = (At: time.GetTimestamp(), Busy: OperatingSystem.IsBrowser() ? TimeSpan.Zero : Environment.CpuUsage.TotalTime);
        _samples[_count % _samples.Length] = now;
        var oldest = _samples[_count < Window ? 0 : (_count + 1) % _samples.Length];
        _count++;
        var elapsed = time.GetElapsedTime(oldest.At, now.At);
        var cpu = elapsed > TimeSpan.Zero ? (now.Busy - oldest.Busy) / elapsed / Environment.ProcessorCount : 0;
        var (used, limit) = ContainerMemory.Read();
        Usage = new(AgeAt(now.At), used, limit, Math.Clamp(cpu, 0, 1));
    }

    // Once, because somebody may set the wall clock.
    private static TimeSpan AgeOfProcess()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        var age = DateTimeOffset.UtcNow - process.StartTime;
        return age > TimeSpan.Zero ? age : TimeSpan.Zero;
    }
}

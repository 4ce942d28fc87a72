namespace Resilience.Health;

/// <summary>Measures what this process uses, a sample a second. <see cref="Sample"/> is called by one loop; <see cref="Usage"/> by anybody.</summary>
internal sealed class UsageMeter(TimeProvider time)
{
    private const int Window = 10; // Samples.

    private readonly DateTimeOffset _started = StartOf();
    private readonly (long At, TimeSpan Busy)[] _samples = new (long, TimeSpan)[Window + 1];
    private int _count;

    public ProcessUsage Usage { get; private set; } = new(TimeSpan.Zero, 0, 0, 0);

    public void Sample()
    {
        var now = (At: time.GetTimestamp(), Busy: OperatingSystem.IsBrowser() ? TimeSpan.Zero : Environment.CpuUsage.TotalTime);
        _samples[_count % _samples.Length] = now;
        var oldest = _samples[_count < Window ? 0 : (_count + 1) % _samples.Length];
        _count++;
        var elapsed = time.GetElapsedTime(oldest.At, now.At);
        var cpu = elapsed > TimeSpan.Zero ? (now.Busy - oldest.Busy) / elapsed / Environment.ProcessorCount : 0;
        var (used, limit) = ContainerMemory.Read();
        Usage = new(time.GetUtcNow() - _started, used, limit, Math.Clamp(cpu, 0, 1));
    }

    private static DateTimeOffset StartOf()
    {
        using var process = System.Diagnostics.Process.GetCurrentProcess();
        return process.StartTime;
    }
}

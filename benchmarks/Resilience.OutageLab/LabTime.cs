using System.Diagnostics;

namespace Resilience.OutageLab;

/// <summary>The monotonic clock in nanoseconds. On Linux all processes of a machine share it, so their records can be laid side by side.</summary>
internal static class LabTime
{
    public const long Second = 1_000_000_000, Millisecond = 1_000_000;

    public static long Now => (long)(Stopwatch.GetTimestamp() * (1e9 / Stopwatch.Frequency));

    public static long Of(double seconds) => (long)(seconds * Second);

    public static double Seconds(long nanoseconds) => nanoseconds / 1e9;

    /// <summary>Holds the thread until then; threads of the pool are for others.</summary>
    public static void SleepUntil(long then)
    {
        while (then - Now is > 0 and var left)
            Thread.Sleep((int)Math.Clamp(left / Millisecond, 1, 100));
    }
}

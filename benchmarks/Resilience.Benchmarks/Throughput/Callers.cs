using System.Diagnostics;

namespace Resilience.Benchmarks;

/// <summary>What a round of callers came to.</summary>
internal readonly record struct Reached(double PerSecond, double CpuMicroseconds, double Bytes);

/// <summary>Callers that call again when they have their answer, for a while.</summary>
internal static class Callers
{
    public static async Task<Reached> RunAsync(HttpClient http, int callers, TimeSpan length)
    {
        GC.Collect();
        using var me = Process.GetCurrentProcess();
        var cpu = me.TotalProcessorTime;
        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var started = Stopwatch.GetTimestamp();
        var counts = await Task.WhenAll(Enumerable.Range(0, callers).Select(_ => Task.Run(() => CallAsync(http, started, length))));
        var passed = Stopwatch.GetElapsedTime(started);
        var count = counts.Sum();
        me.Refresh();
        return new(
            count / passed.TotalSeconds, (me.TotalProcessorTime - cpu).TotalMicroseconds / count, (double)(GC.GetTotalAllocatedBytes(precise: true) - allocated) / count);
    }

    private static async Task<long> CallAsync(HttpClient http, long started, TimeSpan length)
    {
        var count = 0L;
        while (Stopwatch.GetElapsedTime(started) < length)
        {
            using var response = await http.GetAsync("items");
            response.EnsureSuccessStatusCode();
            count++;
        }

        return count;
    }
}

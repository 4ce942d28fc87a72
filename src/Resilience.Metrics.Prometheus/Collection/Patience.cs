namespace Resilience.Metrics.Prometheus;

/// <summary>
/// Waiting for what others do, in slices of which each counts for its own length at most: a machine that stands still (a paused VM, a throttled container, a debugger) costs one slice, however long, and puts no blame on anybody's callback.
/// </summary>
internal static class Patience
{
    private static readonly TimeSpan Slice = TimeSpan.FromMilliseconds(50);

    /// <returns>How long it took; null if it takes longer than the limit.</returns>
    public static TimeSpan? Await(Task task, TimeSpan limit, TimeProvider clock)
    {
        for (var waited = TimeSpan.Zero; waited < limit; waited += Slice)
        {
            var began = clock.GetTimestamp();
            if (task.Wait(Slice))
                return waited + TimeSpan.FromTicks(Math.Min(clock.GetElapsedTime(began).Ticks, Slice.Ticks));
        }

        return null;
    }

    public static Task<T> OnItsOwnThread<T>(Func<T> work) => Task.Factory.StartNew(work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);

    /// <summary>How long to leave alone what has failed so often: 1, 2, 4 ... up to 10 minutes.</summary>
    public static TimeSpan Pause(int times) => TimeSpan.FromMinutes(Math.Min(10, Math.Pow(2, times - 1)));
}

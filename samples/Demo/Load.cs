using System.Collections.Concurrent;
using System.Diagnostics;

namespace Demo;

/// <summary>What came of one call. Times count from the first call's.</summary>
internal readonly record struct CallRecord(int Number, TimeSpan Scheduled, TimeSpan Finished, Exception? Error)
{
    public bool Succeeded => Error is null;

    public TimeSpan Took => Finished - Scheduled;
}

/// <summary>
/// 200 calls a second, whatever becomes of them: like visitors, they come by a schedule and not when the last one was
/// served, and the time each takes counts from when it was due. So a slow backend cannot slow down its own measurement.
/// </summary>
internal sealed class Load(Stopwatch clock, Func<int, CancellationToken, Task> call, CancellationToken interrupted) : IDisposable
{
    public static readonly TimeSpan Interval = TimeSpan.FromSeconds(1) / 200;
    private static readonly TimeSpan LongestDrain = TimeSpan.FromSeconds(35); // The resilient client's own deadline is 30 s.

    private readonly CancellationTokenSource _end = CancellationTokenSource.CreateLinkedTokenSource(interrupted);
    private readonly ConcurrentQueue<CallRecord> _records = new();
    private readonly List<Task> _calls = [];
    private int _succeeded, _failed;

    public IReadOnlyCollection<CallRecord> Records => _records;
    public int Begun { get; private set; }
    public int Succeeded => _succeeded;
    public int Failed => _failed;

    /// <summary>All loads on the same schedule, until told to stop.</summary>
    public static async Task RunAsync(Stopwatch clock, CancellationToken enough, params Load[] loads)
    {
        for (var number = 0; !enough.IsCancellationRequested; number++)
        {
            var due = number * Interval;
            while (clock.Elapsed < due && !enough.IsCancellationRequested)
                await Task.Delay(1, CancellationToken.None);
            foreach (var load in loads)
                load.Begin(number, due);
        }
    }

    /// <summary>Waits for the calls still under way; those that take too long end as failures.</summary>
    public async Task DrainAsync()
    {
        _end.CancelAfter(LongestDrain);
        await Task.WhenAll(_calls);
        interrupted.ThrowIfCancellationRequested();
    }

    public void Dispose()
    {
        _end.Cancel();
        _end.Dispose();
    }

    private void Begin(int number, TimeSpan due)
    {
        Begun++;
        _calls.Add(MeasureAsync(number, due));
    }

    private async Task MeasureAsync(int number, TimeSpan due)
    {
        Exception? error = null;
        try
        {
            await call(number, _end.Token);
            Interlocked.Increment(ref _succeeded);
        }
        catch (Exception e)
        {
            error = e;
            Interlocked.Increment(ref _failed);
        }

        _records.Enqueue(new(number, due, clock.Elapsed, error));
    }
}

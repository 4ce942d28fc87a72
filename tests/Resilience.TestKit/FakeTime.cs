using System.Diagnostics;

namespace Resilience.TestKit;

/// <summary>
/// Virtual time. Advancing it fires due timers in the order of their due times and, after each, waits until all work this caused has run
/// on the thread pool: what a test sees next does not depend on the machine. Its ticks are odd on purpose: rounding shows.
/// </summary>
/// <remarks>Tests that use it belong to their project's collection <c>VirtualTime</c>, because other tests' work on the pool would be waited for too.</remarks>
public sealed class FakeTime : TimeProvider
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30); // On the real clock, for a pool that never comes to rest.
    private static readonly TimeSpan Restless = TimeSpan.FromMilliseconds(50);

    private readonly SortedSet<FakeTimer> _timers = new(FakeTimer.InOrder);
    private readonly Lock _lock = new();
    private DateTimeOffset _start = new(2026, 3, 29, 0, 59, 58, 765, TimeSpan.Zero);
    private long _now;
    private long _made;

    static FakeTime()
    {
        // The thread that advances waits for others: there must be some.
        ThreadPool.GetMinThreads(out var workers, out var ports);
        ThreadPool.SetMinThreads(Math.Max(workers, 4), ports);
    }

    public override long TimestampFrequency => 1_234_567;

    public override TimeZoneInfo LocalTimeZone => TimeZoneInfo.Utc;

    /// <summary>Virtual time since the start.</summary>
    public TimeSpan Elapsed => new(Volatile.Read(ref _now));

    /// <summary>Whether timers that are due stay unfired, as in a process that is suspended or starved. Once unset, the next advance fires them.</summary>
    public bool IsHalted { get; set; }

    public int Timers
    {
        get
        {
            lock (_lock)
                return _timers.Count;
        }
    }

    /// <summary>Sets the wall clock, as somebody who corrects it would; timers and timestamps do not notice.</summary>
    public void SetUtcNow(DateTimeOffset now) => _start = now - Elapsed;

    public override DateTimeOffset GetUtcNow() => _start + Elapsed;

    public override long GetTimestamp() => 987_654_321 + (long)((Int128)Volatile.Read(ref _now) * TimestampFrequency / TimeSpan.TicksPerSecond);

    public override ITimer CreateTimer(TimerCallback callback, object? state, TimeSpan dueTime, TimeSpan period)
    {
        var timer = new FakeTimer(this, Interlocked.Increment(ref _made), callback, state);
        timer.Change(dueTime, period);
        return timer;
    }

    public void Advance(TimeSpan time) => AdvanceTo(Elapsed + time, static () => false);

    public void AdvanceSeconds(double seconds) => Advance(TimeSpan.FromSeconds(seconds));

    public void AdvanceMilliseconds(double milliseconds) => Advance(TimeSpan.FromMilliseconds(milliseconds));

    /// <summary>Advances from timer to timer until something is so. Fails the test when it is not within <paramref name="limit"/>.</summary>
    /// <returns>How long it took, in virtual time.</returns>
    public TimeSpan AdvanceUntil(Func<bool> done, TimeSpan limit)
    {
        var from = Elapsed;
        Settle();
        if (!done())
            AdvanceTo(from + limit, done);
        return done() ? Elapsed - from : throw new TimeoutException($"Not so within {limit} of virtual time.");
    }

    /// <summary>Moves the time and fires what is due, without waiting for anything: for tests whose callers never rest.</summary>
    public void Push(TimeSpan time)
    {
        var to = Elapsed + time;
        while (Next(to) is { } timer)
            timer.Fire();
        Volatile.Write(ref _now, to.Ticks);
    }

    /// <summary>Ends after a stretch of virtual time, or by the token.</summary>
    public async Task Delay(TimeSpan time, CancellationToken cancellationToken)
    {
        var ended = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var timer = CreateTimer(_ => ended.TrySetResult(), null, time, Timeout.InfiniteTimeSpan);
        await using var cancelled = cancellationToken.UnsafeRegister(_ => ended.TrySetCanceled(cancellationToken), null);
        await ended.Task;
    }

    /// <summary>
    /// Waits until no work is queued on the thread pool and no other thread of it runs any. Threads that others hold for long (a test runner's)
    /// are told from ours by nothing being completed any more.
    /// </summary>
    public static void Settle()
    {
        var self = Thread.CurrentThread.IsThreadPoolThread ? 1 : 0;
        var started = Stopwatch.GetTimestamp();
        var (completed, since) = (ThreadPool.CompletedWorkItemCount, started);
        var quiet = 0;
        while (quiet < 2)
        {
            var idle = ThreadPool.PendingWorkItemCount == 0;
            if (idle && Busy() <= self && ThreadPool.PendingWorkItemCount == 0)
            {
                quiet++;
                continue;
            }

            quiet = 0;
            var count = ThreadPool.CompletedWorkItemCount;
            if (count != completed || !idle)
                (completed, since) = (count, Stopwatch.GetTimestamp());
            else if (Stopwatch.GetElapsedTime(since) > Restless)
                return;
            if (Stopwatch.GetElapsedTime(started) > Patience)
                throw new TimeoutException("The thread pool does not come to rest.");
            Thread.Yield();
        }
    }

    private static int Busy()
    {
        ThreadPool.GetMaxThreads(out var most, out _);
        ThreadPool.GetAvailableThreads(out var available, out _);
        return most - available;
    }

    private void AdvanceTo(TimeSpan to, Func<bool> done)
    {
        Settle();
        while (Next(to) is { } timer)
        {
            timer.Fire();
            Settle();
            if (done())
                return;
        }

        Volatile.Write(ref _now, to.Ticks);
    }

    private FakeTimer? Next(TimeSpan to)
    {
        lock (_lock)
        {
            if (IsHalted || _timers.Min is not { } timer || timer.Due > to.Ticks)
                return null;
            Volatile.Write(ref _now, Math.Max(_now, timer.Due));
            _timers.Remove(timer);
            if (timer.Period > 0)
            {
                timer.Due += timer.Period;
                _timers.Add(timer);
            }

            return timer;
        }
    }

    private sealed class FakeTimer(FakeTime time, long number, TimerCallback callback, object? state) : ITimer
    {
        private readonly ExecutionContext? _context = ExecutionContext.Capture();
        private bool _disposed;

        public static Comparer<FakeTimer> InOrder { get; } =
            Comparer<FakeTimer>.Create((a, b) => (a.Due, a.Number).CompareTo((b.Due, b.Number)));

        public long Number { get; } = number;
        public long Due { get; set; }
        public long Period { get; private set; }

        public void Fire()
        {
            if (_context is null)
                callback(state);
            else
                ExecutionContext.Run(_context, _ => callback(state), null);
        }

        public bool Change(TimeSpan dueTime, TimeSpan period)
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                if (_disposed)
                    return false;
                Period = period == Timeout.InfiniteTimeSpan ? 0 : period.Ticks;
                Due = time._now + dueTime.Ticks;
                if (dueTime != Timeout.InfiniteTimeSpan)
                    time._timers.Add(this);
                return true;
            }
        }

        public void Dispose()
        {
            lock (time._lock)
            {
                time._timers.Remove(this);
                _disposed = true;
            }
        }

        public ValueTask DisposeAsync()
        {
            Dispose();
            return ValueTask.CompletedTask;
        }
    }
}

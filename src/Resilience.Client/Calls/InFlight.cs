using System.Collections.Concurrent;

namespace Resilience.Client;

/// <summary>
/// All waits and attempts under way in this process, with one shared tick that ends those whose time is over. The tick runs while there
/// are any, and some seconds longer. Deadlines are late by one tick at most.
/// </summary>
internal sealed class InFlight : IDisposable
{
    public static readonly TimeSpan Tick = TimeSpan.FromMilliseconds(20);
    private const int IdleTicks = 250;

    private readonly Clock _clock;
    private readonly ITimer _timer;
    private readonly ConcurrentQueue<CallToken> _pool = new();
    private readonly Stack<int> _free = new();
    private readonly Lock _listing = new(); // Over _listed, _free and starting or stopping the timer.
    private CallToken?[] _listed = [];
    private CallToken? _last; // The one returned last: most calls find it here, without the queue.
    private int _ticking;
    private int _inTick;
    private int _idle;
    private bool _disposed;

    public InFlight(Clock clock)
    {
        _clock = clock;
        // The timer must not carry the first caller's context for the life of the host.
        AsyncFlowControl? flow = ExecutionContext.IsFlowSuppressed() ? null : ExecutionContext.SuppressFlow();
        _timer = clock.Time.CreateTimer(static me => ((InFlight)me!).OnTick(), this, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        flow?.Undo();
    }

    /// <summary>How many are under way now.</summary>
    public int Count => Volatile.Read(ref _listed).Count(token => token?.IsRunning == true);

    public CallToken Rent(TimeSpan expires, CancellationToken caller) => Rent(expires, null, caller);

    public CallToken Rent(TimeSpan expires, Waiter? waiter, CancellationToken caller)
    {
        var token = Interlocked.Exchange(ref _last, null);
        if (token is null && !_pool.TryDequeue(out token))
            token = List();
        token.Start(expires, waiter, caller);
        if (Volatile.Read(ref _ticking) == 0)
            StartTicking();
        return token;
    }

    /// <param name="token">What <c>Rent</c> gave.</param>
    /// <param name="mayBeHeldOn">Whether somebody may still hold the cancellation token: a request body that is still being sent, say.</param>
    public void Return(CallToken token, bool mayBeHeldOn = false)
    {
        if (!token.TryFinish(mayBeHeldOn))
            Unlist(token);
        else if (Interlocked.CompareExchange(ref _last, token, null) is not null)
            _pool.Enqueue(token);
    }

    /// <summary>Attempts under way keep their deadlines: the tick ends with the last of them.</summary>
    public void Dispose()
    {
        Volatile.Write(ref _disposed, true);
        if (Scan())
            StartTicking();
        else
            _timer.Dispose();
    }

    private CallToken List()
    {
        lock (_listing)
        {
            if (_free.Count == 0)
            {
                var length = _listed.Length;
                var longer = new CallToken?[Math.Max(16, length * 2)];
                _listed.CopyTo(longer, 0);
                for (var index = longer.Length - 1; index >= length; index--)
                    _free.Push(index);
                Volatile.Write(ref _listed, longer);
            }

            var token = new CallToken { Index = _free.Pop() };
            _listed[token.Index] = token;
            return token;
        }
    }

    private void Unlist(CallToken token)
    {
        lock (_listing)
        {
            _listed[token.Index] = null;
            _free.Push(token.Index);
        }
    }

    private void StartTicking()
    {
        lock (_listing)
        {
            if (_ticking == 1)
                return;
            Volatile.Write(ref _ticking, 1);
            _idle = 0;
            _timer.Change(Tick, Tick);
        }
    }

    private void OnTick()
    {
        if (Interlocked.Exchange(ref _inTick, 1) == 1)
            return; // The one before is not through yet: the machine is starved.
        var running = Scan();
        _idle = running ? 0 : _idle + 1;
        if (!running && Volatile.Read(ref _disposed))
            _timer.Dispose();
        else if (_idle >= IdleTicks)
            StopTicking();
        Volatile.Write(ref _inTick, 0);
    }

    private bool Scan()
    {
        var now = _clock.Now.Ticks;
        var running = false;
        foreach (var token in Volatile.Read(ref _listed))
        {
            if (token?.IsRunning != true)
                continue;
            running = true;
            token.EndIfDue(now);
        }

        return running;
    }

    private void StopTicking()
    {
        lock (_listing)
        {
            _timer.Change(Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
            Volatile.Write(ref _ticking, 0);
        }

        // One that started while we stopped has seen the tick running: look again behind a fence.
        Interlocked.MemoryBarrier();
        if (Scan())
            StartTicking();
    }
}

namespace Resilience.Client;

/// <summary>
/// The cancellation of one wait or attempt: fires at its deadline or when the caller's token does, and knows which. Pooled, and
/// listed for good in <see cref="InFlight"/>, so that a call that goes well needs no timer and no linked source.
/// </summary>
/// <remarks>
/// <c>_phase</c> holds a generation above two bits of state. Whoever moves it out of Running has decided how the use ended; the
/// generation keeps a tick that looked at an earlier use from ending this one. A token that fired is never used again.
/// </remarks>
internal sealed class CallToken : IThreadPoolWorkItem
{
    private const long Idle = 0, Running = 1, Expired = 2, Cancelled = 3, StateMask = 3, Generation = 4;

    // A handler of the user's may forget a registration in the source: what it keeps alive is let go from time to time.
    private const int MostUses = 256;

    private CancellationTokenSource? _source;
    private int _uses;
    private CancellationToken _caller;
    private CancellationTokenRegistration _registration;
    private int _callersHash; // Of the last caller's token: tells one that comes again, and keeps none alive.
    private Waiter? _waiter;
    private FirstAttempt? _first;
    private long _phase;
    private long _expires;

    public required int Index { get; init; }

    /// <summary>Follows the first attempt that this is the token of.</summary>
    public FirstAttempt First => _first ??= new(this);

    public CancellationToken Token => _source?.Token ?? CancellationToken.None;

    public bool HasExpired => (Volatile.Read(ref _phase) & StateMask) == Expired;

    public bool IsRunning => (Volatile.Read(ref _phase) & StateMask) == Running;

    /// <param name="expires">Its deadline.</param>
    /// <param name="waiter">Who waits meanwhile, and is told directly: a wait needs no source.</param>
    /// <param name="caller">The caller's token.</param>
    public void Start(TimeSpan expires, Waiter? waiter, CancellationToken caller)
    {
        _waiter = waiter;
        if (waiter is null)
            _source ??= new CancellationTokenSource();
        var isAnother = caller != _caller;
        if (isAnother)
            Forget();
        _caller = caller;
        Volatile.Write(ref _expires, expires.Ticks);
        // A full fence: the tick either sees this use, or has not yet decided to stop (InFlight.Rent).
        Interlocked.Exchange(ref _phase, (_phase & ~StateMask) + Generation + Running);
        if (isAnother && caller.CanBeCanceled)
            _registration = caller.UnsafeRegister(static token => ((CallToken)token!).Cancel(), this);
        else if (caller.IsCancellationRequested)
            Cancel();
    }

    /// <returns>Whether the token never fired, and may be used again.</returns>
    public bool TryFinish(bool mayBeHeldOn)
    {
        var phase = Volatile.Read(ref _phase);
        if ((phase & StateMask) != Running || Interlocked.CompareExchange(ref _phase, (phase & ~StateMask) + Idle, phase) != phase)
        {
            _registration.Unregister();
            return false;
        }

        // Most callers pass none, and an HttpClient its own then, call by call: registered with once.
        if (_caller.GetHashCode() is var hash && hash != _callersHash)
        {
            _callersHash = hash;
            Forget();
        }

        _waiter = null;
        _first?.Clear();
        if (mayBeHeldOn || ++_uses % MostUses == 0)
            _source = null;
        return true;
    }

    /// <summary>
    /// The shared tick asks: is it time? The firing itself happens on the pool, so that no callback holds up the tick. Whether the caller has cancelled is looked at, too: a
    /// source that was reset forgets who registered with it (<see cref="CancellationTokenSource.TryReset"/>).
    /// </summary>
    public void EndIfDue(long now)
    {
        var phase = Volatile.Read(ref _phase);
        if ((phase & StateMask) != Running)
            return;
        var caller = _caller; // A copy: the call may end, and let go of it, while it is asked.
        var end = Volatile.Read(ref _expires) <= now ? Expired : caller.IsCancellationRequested ? Cancelled : Running;
        if (end != Running && Interlocked.CompareExchange(ref _phase, (phase & ~StateMask) + end, phase) == phase)
            ThreadPool.UnsafeQueueUserWorkItem(this, preferLocal: false);
    }

    private void Forget()
    {
        _registration.Dispose(); // Waits for a callback under way: it must not meet the next use.
        _registration = default;
        _caller = default;
    }

    void IThreadPoolWorkItem.Execute() => Fire();

    // Whoever cancels finds it done on return, even where the tick has seen it first.
    private void Cancel()
    {
        var phase = Volatile.Read(ref _phase);
        if ((phase & StateMask) == Running)
            Interlocked.CompareExchange(ref _phase, (phase & ~StateMask) + Cancelled, phase);
        if ((Volatile.Read(ref _phase) & StateMask) == Cancelled)
            Fire();
    }

    private void Fire()
    {
        if (_waiter is { } waiter)
            waiter.Leave();
        else
            _source?.Cancel();
    }
}

namespace Resilience.Health;

/// <summary>Whether somebody waits for a check while the service starts, and since when. Safe for use by many threads.</summary>
internal sealed class StartPace(TimeProvider time)
{
    private const long NotAwaited = -1;

    private readonly TaskCompletionSource _begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _since = NotAwaited;
    private volatile bool _isPostponed;
    private Action? _wake;

    /// <summary>Whether it is not to run yet.</summary>
    public bool IsPostponed => _isPostponed;

    public bool IsAwaited => Volatile.Read(ref _since) != NotAwaited;

    /// <summary>For how long it has been awaited; null if it is not.</summary>
    public TimeSpan? Waited => Volatile.Read(ref _since) is not NotAwaited and var since ? time.GetElapsedTime(since) : null;

    /// <summary>Ends when it may run.</summary>
    public Task BeginAsync(CancellationToken stopping) => _isPostponed ? _begun.Task.WaitAsync(stopping) : Task.CompletedTask;

    /// <param name="wake">Has it run now.</param>
    public void Drive(Action wake) => Volatile.Write(ref _wake, wake);

    public void Postpone() => _isPostponed = !_begun.Task.IsCompleted;

    public void Await()
    {
        if (Interlocked.CompareExchange(ref _since, time.GetTimestamp(), NotAwaited) != NotAwaited)
            return;
        var hadBegun = !_isPostponed; // Else it runs by itself now, and need not do so twice.
        Begin();
        if (hadBegun)
            Volatile.Read(ref _wake)?.Invoke();
    }

    public void Release()
    {
        Volatile.Write(ref _since, NotAwaited);
        Begin();
    }

    private void Begin()
    {
        _isPostponed = false;
        _begun.TrySetResult();
    }
}

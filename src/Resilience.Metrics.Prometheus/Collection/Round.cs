namespace Resilience.Metrics.Prometheus;

/// <summary>One collection, and what it becomes for all who share it. Its buffers go back to the pool when the last of them has left. Safe for use by many threads.</summary>
internal sealed class Round
{
    private readonly TaskCompletionSource _done = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly Utf8Buffer?[] _bodies = new Utf8Buffer?[Formats.Count];
    private int _holders = 1; // The collector.

    /// <summary>Who shares it as yet, by format. Guarded by the scraper's lock until the round begins.</summary>
    public bool[] Wanted { get; } = new bool[Formats.Count];

    public Task Done => _done.Task;

    /// <summary>For those that joined, after <see cref="Done"/> and before they leave.</summary>
    public ReadOnlyMemory<byte> Body(Format format) => _bodies[(int)format]?.Memory ?? throw new InvalidOperationException($"Nobody asked for {format}.");

    /// <summary>Under the scraper's lock, before it begins.</summary>
    public void Join(Format format)
    {
        Interlocked.Increment(ref _holders);
        Wanted[(int)format] = true;
    }

    public void Leave()
    {
        if (Interlocked.Decrement(ref _holders) > 0)
            return;
        foreach (var body in _bodies)
            body?.Dispose();
    }

    /// <summary>By the collector, who then leaves.</summary>
    public Utf8Buffer Begin(Format format) => _bodies[(int)format] ??= new();

    public void Succeed() => _done.TrySetResult();

    public void Fail(Exception reason)
    {
        _done.TrySetException(reason);
        _ = _done.Task.Exception; // Seen, also when everybody has left.
    }
}

namespace Resilience.Client;

/// <summary>
/// How many calls have succeeded with their first attempt, ever: what both circuit and budget count, with one addition for both.
/// </summary>
internal sealed class Tally
{
    private long _count;

    public long Count => Volatile.Read(ref _count);

    public void Add() => Interlocked.Increment(ref _count);
}

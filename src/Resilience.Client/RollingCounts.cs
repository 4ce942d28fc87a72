namespace Resilience.Client;

/// <summary>
/// How many of two kinds happened lately, in buckets. Adding takes no lock but once per bucket; reading sums what is young enough.
/// A late writer may count into the next bucket: a rate does not mind.
/// </summary>
internal sealed class RollingCounts
{
    private readonly Bucket[] _buckets;
    private readonly long _bucketTicks;
    private readonly Lock _turning = new();

    public RollingCounts(TimeSpan window, int buckets)
    {
        _bucketTicks = Math.Max(1, window.Ticks / buckets);
        _buckets = new Bucket[buckets];
        Clear();
    }

    public void Add(TimeSpan now, int succeeded, int failed)
    {
        var number = now.Ticks / _bucketTicks;
        ref var bucket = ref _buckets[(int)(number % _buckets.Length)];
        if (Volatile.Read(ref bucket.Number) != number)
            Turn(ref bucket, number);
        Interlocked.Add(ref bucket.Counts, ((long)failed << 32) + succeeded);
    }

    /// <summary>The sums over the newest buckets, extended into the past until <paramref name="enough"/> says stop.</summary>
    public (int Succeeded, int Failed) Sum(TimeSpan now, Func<int, int, int, bool>? enough = null)
    {
        var newest = now.Ticks / _bucketTicks;
        int succeeded = 0, failed = 0;
        for (var age = 0; age < _buckets.Length && age <= newest; age++)
        {
            ref var bucket = ref _buckets[(int)((newest - age) % _buckets.Length)];
            if (Volatile.Read(ref bucket.Number) == newest - age)
            {
                var counts = Volatile.Read(ref bucket.Counts);
                succeeded += (int)counts;
                failed += (int)(counts >> 32);
            }

            if (enough?.Invoke(age + 1, succeeded, failed) == true)
                break;
        }

        return (succeeded, failed);
    }

    public void Clear()
    {
        lock (_turning)
        {
            foreach (ref var bucket in _buckets.AsSpan())
                (bucket.Number, bucket.Counts) = (-1, 0);
        }
    }

    private void Turn(ref Bucket bucket, long number)
    {
        lock (_turning)
        {
            if (bucket.Number >= number)
                return;
            Volatile.Write(ref bucket.Counts, 0);
            Volatile.Write(ref bucket.Number, number);
        }
    }

    private struct Bucket
    {
        public long Number;
        public long Counts; // Failed in the upper half, succeeded in the lower.
    }
}

namespace Resilience.Client;

/// <summary>
/// How many of two kinds happened lately, in buckets. Adding takes no lock but once per bucket; reading sums what is young enough.
/// A late writer may count into the next bucket: a rate does not mind. What happens with each call is counted in a <see cref="Tally"/> that several windows share; a bucket
/// remembers where it stood when it began, and what is beyond that has succeeded since.
/// </summary>
internal sealed class RollingCounts(TimeSpan window, int buckets, Tally? tally = null)
{
    private readonly long _bucketTicks = Math.Max(1, window.Ticks / buckets);
    private readonly Lock _turning = new();
    private long _ends; // The newest bucket, if there is one.
    private Bucket[]? _buckets; // Made when something is counted first: most backends never retry, and many are hardly called.

    public void Add(TimeSpan now, int succeeded, int failed)
    {
        var kept = _buckets ?? Make();
        var number = NumberOf(now);
        ref var bucket = ref kept[(int)(number % kept.Length)];
        if (Volatile.Read(ref bucket.Number) != number)
            Turn(ref bucket, number);
        Interlocked.Add(ref bucket.Counts, ((long)failed << 32) + succeeded);
    }

    /// <summary>Sees to it that there is a bucket for what the tally counts next.</summary>
    public void Begin(TimeSpan now)
    {
        if (now.Ticks >= Volatile.Read(ref _ends))
            Add(now, 0, 0);
    }

    /// <summary>
    /// The sums over the newest buckets, extended into the past until <paramref name="enough"/> says stop. It is asked of empty buckets too, and not at all if nothing
    /// has ever been counted.
    /// </summary>
    public (int Succeeded, int Failed) Sum(TimeSpan now, Func<int, int, int, bool>? enough = null)
    {
        if (_buckets is not { } kept)
            return (0, 0);
        var newest = NumberOf(now);
        int succeeded = 0, failed = 0;
        var counted = tally?.Count ?? 0;
        for (var age = 0; age < kept.Length; age++)
        {
            var number = newest - age;
            if (number > 0)
            {
                ref var bucket = ref kept[(int)(number % kept.Length)];
                if (Volatile.Read(ref bucket.Number) == number)
                {
                    var counts = Volatile.Read(ref bucket.Counts);
                    succeeded += (int)counts;
                    failed += (int)(counts >> 32);
                    var before = Math.Min(counted, Volatile.Read(ref bucket.Before)); // An older one may have begun later.
                    succeeded += (int)(counted - before);
                    counted = before;
                }
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
            _buckets?.AsSpan().Clear();
            Volatile.Write(ref _ends, 0);
        }
    }

    // From 1 on: a bucket that is all zero is of no time.
    private long NumberOf(TimeSpan now) => now.Ticks / _bucketTicks + 1;

    // Apart, so that the path of every call stays short. Published with a full fence: nobody sees an array that is not cleared.
    private Bucket[] Make()
    {
        var made = new Bucket[buckets];
        return Interlocked.CompareExchange(ref _buckets, made, null) ?? made;
    }

    private void Turn(ref Bucket bucket, long number)
    {
        lock (_turning)
        {
            if (bucket.Number >= number)
                return;
            Volatile.Write(ref bucket.Counts, 0);
            Volatile.Write(ref bucket.Before, tally?.Count ?? 0);
            Volatile.Write(ref bucket.Number, number);
            Volatile.Write(ref _ends, Math.Max(_ends, number * _bucketTicks));
        }
    }

    private struct Bucket
    {
        public long Number;
        public long Before; // Of the tally.
        public long Counts; // Failed in the upper half, succeeded in the lower.
    }
}

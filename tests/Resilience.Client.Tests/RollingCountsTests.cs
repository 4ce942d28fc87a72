using Xunit;

namespace Resilience.Client.Tests;

public sealed class RollingCountsTests
{
    private readonly RollingCounts _counts = new(TimeSpan.FromSeconds(10), 20);

    [Fact]
    public void Sum_holds_both_kinds_within_the_window()
    {
        _counts.Add(At(0.1), 2, 1);
        _counts.Add(At(4), 3, 5);

        Assert.Equal((5, 6), _counts.Sum(At(9.9)));
        Assert.Equal((3, 5), _counts.Sum(At(10.6)));
        Assert.Equal((0, 0), _counts.Sum(At(14.5)));
    }

    [Fact]
    public void Sum_after_any_length_of_silence_is_nothing()
    {
        _counts.Add(At(1), 1, 1);

        foreach (var later in new[] { 11.5, 21, 31, 1_000_001, 1e9 })
            Assert.Equal((0, 0), _counts.Sum(At(later)));
    }

    [Fact]
    public void Sum_stops_where_enough_is_seen_and_goes_from_new_to_old()
    {
        _counts.Add(At(0), 100, 0);
        _counts.Add(At(1), 0, 1);
        _counts.Add(At(2), 0, 1);
        var seen = new List<(int Buckets, int Succeeded, int Failed)>();

        var sum = _counts.Sum(At(2), (buckets, succeeded, failed) =>
        {
            seen.Add((buckets, succeeded, failed));
            return failed == 2;
        });

        Assert.Equal((0, 2), sum);
        Assert.Equal([(1, 0, 1), (2, 0, 1), (3, 0, 2)], seen);
    }

    [Fact]
    public void Counts_that_were_never_needed_hold_no_buckets()
    {
        var before = GC.GetAllocatedBytesForCurrentThread();
        var idle = new RollingCounts(TimeSpan.FromSeconds(10), 10_000);
        idle.Clear();
        var sum = idle.Sum(At(1));
        var bytes = GC.GetAllocatedBytesForCurrentThread() - before;

        Assert.Equal((0, 0), sum);
        Assert.InRange(bytes, 0, 10_000);
    }

    [Fact]
    public void Clear_forgets_all()
    {
        _counts.Add(At(1), 1, 1);
        _counts.Clear();

        Assert.Equal((0, 0), _counts.Sum(At(1)));
        _counts.Add(At(1), 0, 1);
        Assert.Equal((0, 1), _counts.Sum(At(1)));
    }

    [Fact]
    public void Late_writer_does_not_bring_back_a_bucket_of_the_past()
    {
        _counts.Add(At(10), 1, 0);
        _counts.Add(At(0), 0, 1); // Same bucket, one round ago: counts into the newer one.

        Assert.Equal((1, 1), _counts.Sum(At(10)));
    }

    [Fact]
    public void Tally_counts_in_the_bucket_that_it_grew_in()
    {
        var tally = new Tally();
        var counts = new RollingCounts(TimeSpan.FromSeconds(10), 20, tally);
        Grow(At(0.1), 3);
        Grow(At(0.4), 1); // The same bucket.
        Grow(At(4), 5);
        counts.Add(At(4.6), 1, 2);

        Assert.Equal((10, 2), counts.Sum(At(9.9)));
        Assert.Equal((6, 2), counts.Sum(At(10.6)));
        Assert.Equal((1, 2), counts.Sum(At(14.4)));
        Assert.Equal((0, 0), counts.Sum(At(14.5)));
        Assert.Equal((1, 2), counts.Sum(At(4.6), static (buckets, _, _) => buckets == 1));

        void Grow(TimeSpan now, int by)
        {
            for (var one = 0; one < by; one++)
            {
                counts.Begin(now);
                tally.Add();
            }
        }
    }

    [Fact]
    public void Tally_that_grew_before_Clear_counts_no_longer()
    {
        var tally = new Tally();
        var counts = new RollingCounts(TimeSpan.FromSeconds(10), 20, tally);
        counts.Begin(At(1));
        tally.Add();
        counts.Clear();
        Assert.Equal((0, 0), counts.Sum(At(1)));

        counts.Begin(At(1));
        tally.Add();
        Assert.Equal((1, 0), counts.Sum(At(1)));
    }

    [Fact]
    public void Bucket_of_the_past_that_begins_late_takes_nothing_from_a_newer_one()
    {
        var tally = new Tally();
        var counts = new RollingCounts(TimeSpan.FromSeconds(10), 20, tally);
        counts.Begin(At(1));
        tally.Add();
        counts.Begin(At(3));
        tally.Add();
        tally.Add();
        counts.Add(At(2), 0, 1);

        Assert.Equal((3, 1), counts.Sum(At(3)));
        Assert.Equal((2, 1), counts.Sum(At(3), static (buckets, _, _) => buckets == 3)); // From 2 s on.
    }

    [Fact]
    public async Task Tally_of_many_threads_at_once_loses_nothing()
    {
        const int Each = 50_000;
        var tally = new Tally();
        var counts = new RollingCounts(TimeSpan.FromSeconds(10), 20, tally);
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => Task.Run(() =>
        {
            for (var count = 0; count < Each; count++)
            {
                counts.Begin(At(9.9 * count / Each));
                tally.Add();
            }
        })));

        Assert.Equal(4 * Each, tally.Count);
        Assert.InRange(counts.Sum(At(9.9)).Succeeded, 4 * Each - 4, 4 * Each); // One of each thread may have been on its way from the first moment on.
    }

    [Fact]
    public async Task Add_by_many_threads_at_once_loses_nothing()
    {
        const int Each = 50_000;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(thread => Task.Run(() =>
        {
            for (var count = 0; count < Each; count++)
                _counts.Add(At(9.9 * count / Each), thread % 2, 1 - thread % 2);
        })));

        Assert.Equal((2 * Each, 2 * Each), _counts.Sum(At(9.9)));
    }

    private static TimeSpan At(double seconds) => TimeSpan.FromSeconds(seconds);
}

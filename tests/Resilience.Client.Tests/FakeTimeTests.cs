using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class FakeTimeTests
{
    private readonly FakeTime _time = new();
    private readonly List<string> _fired = [];

    [Fact]
    public void Timers_fire_in_the_order_of_their_due_times()
    {
        using var late = Timer("late", 30);
        using var early = Timer("early", 10, 15);
        using var alsoLate = Timer("also late", 30);

        _time.AdvanceMilliseconds(30);

        Assert.Equal(["early 10", "early 25", "late 30", "also late 30"], _fired);
    }

    [Fact]
    public void Timer_that_is_changed_fires_by_the_change_only()
    {
        using var timer = Timer("it", 10);

        Assert.True(timer.Change(TimeSpan.FromMilliseconds(20), Timeout.InfiniteTimeSpan));
        _time.AdvanceMilliseconds(100);

        Assert.Equal(["it 20"], _fired);
    }

    [Fact]
    public void Timer_that_is_disposed_never_fires_nor_changes()
    {
        var timer = Timer("it", 10);
        timer.Dispose();

        Assert.False(timer.Change(TimeSpan.Zero, TimeSpan.FromMilliseconds(1)));
        _time.AdvanceMilliseconds(100);

        Assert.Empty(_fired);
        Assert.Equal(0, _time.Timers);
    }

    [Fact]
    public void Advance_runs_what_each_firing_causes_at_its_own_time()
    {
        var times = new List<TimeSpan>();
        var run = Run();
        _time.AdvanceMilliseconds(50);

        Assert.True(run.IsCompletedSuccessfully);
        Assert.Equal([10, 25], times.Select(time => time.TotalMilliseconds));

        async Task Run()
        {
            await _time.Delay(TimeSpan.FromMilliseconds(10), CancellationToken.None).ConfigureAwait(false);
            times.Add(_time.Elapsed);
            await Task.Yield();
            await _time.Delay(TimeSpan.FromMilliseconds(15), CancellationToken.None).ConfigureAwait(false);
            times.Add(_time.Elapsed);
        }
    }

    [Fact]
    public void Delay_of_the_platform_follows_it()
    {
        using var source = new CancellationTokenSource(TimeSpan.FromSeconds(2), _time);

        _time.AdvanceMilliseconds(1999);
        Assert.False(source.IsCancellationRequested);
        _time.AdvanceMilliseconds(1);
        Assert.True(source.IsCancellationRequested);
    }

    [Fact]
    public void Wall_clock_moves_apart_from_the_timestamps()
    {
        var before = _time.GetTimestamp();
        _time.SetUtcNow(DateTimeOffset.UnixEpoch);
        _time.AdvanceSeconds(7);

        Assert.Equal(DateTimeOffset.UnixEpoch.AddSeconds(7), _time.GetUtcNow());
        Assert.Equal(TimeSpan.FromSeconds(7), _time.GetElapsedTime(before));
    }

    private ITimer Timer(string name, int due, int period = -1) => _time.CreateTimer(
        _ => _fired.Add($"{name} {_time.Elapsed.TotalMilliseconds}"), null, TimeSpan.FromMilliseconds(due), TimeSpan.FromMilliseconds(period));
}

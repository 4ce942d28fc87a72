using System.Runtime.CompilerServices;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class InFlightTests : IDisposable
{
    private readonly FakeTime _time = new();
    private readonly Clock _clock;
    private readonly InFlight _inFlight;

    public InFlightTests()
    {
        _clock = new(_time);
        _inFlight = new(_clock);
    }

    public void Dispose() => _inFlight.Dispose();

    [Fact]
    public void Deadline_is_late_by_one_tick_at_most_and_never_early()
    {
        var random = new Random(3);
        for (var round = 0; round < 200; round++)
        {
            var wait = TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerSecond));
            var token = _inFlight.Rent(_clock.Now + wait, CancellationToken.None);
            var took = _time.AdvanceUntil(() => token.Token.IsCancellationRequested, TimeSpan.FromSeconds(2));
            Assert.True(token.HasExpired);
            _inFlight.Return(token);

            Assert.InRange(took.TotalMilliseconds, wait.TotalMilliseconds - 0.002, wait.TotalMilliseconds + InFlight.Tick.TotalMilliseconds + 0.002);
            _time.Advance(TimeSpan.FromTicks(random.NextInt64(TimeSpan.TicksPerSecond)));
        }
    }

    [Fact]
    public void Tick_stops_when_nothing_is_under_way_and_starts_again()
    {
        _inFlight.Return(_inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None));
        Assert.Equal(1, _time.Timers);
        _time.AdvanceSeconds(6);
        Assert.Equal(0, _time.Timers);

        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None);
        _time.AdvanceSeconds(1.02);
        Assert.True(token.Token.IsCancellationRequested);
        _inFlight.Return(token);
    }

    [Fact]
    public void Tick_goes_on_as_long_as_anything_is_under_way()
    {
        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromMinutes(1), CancellationToken.None);
        _time.AdvanceSeconds(59.9);
        Assert.Equal((false, 1), (token.Token.IsCancellationRequested, _inFlight.Count));
        _time.AdvanceSeconds(0.2);
        Assert.True(token.Token.IsCancellationRequested);
        _inFlight.Return(token);
    }

    [Fact]
    public void Token_that_never_fired_is_used_again()
    {
        var first = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None);
        _inFlight.Return(first);
        var second = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), CancellationToken.None);

        Assert.Same(first, second);
        _time.AdvanceSeconds(2); // Past the deadline of its first use.
        Assert.False(second.Token.IsCancellationRequested);
        _inFlight.Return(second);
    }

    [Fact]
    public void Token_that_fired_is_never_used_again()
    {
        using var source = new CancellationTokenSource();
        var first = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), source.Token);
        source.Cancel();
        Assert.Equal((true, false), (first.Token.IsCancellationRequested, first.HasExpired));
        _inFlight.Return(first);

        var second = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None);
        Assert.NotSame(first, second);
        Assert.False(second.Token.IsCancellationRequested);
        _inFlight.Return(second);
    }

    [Fact]
    public void Token_that_somebody_holds_on_to_is_not_cancelled_by_the_next_use()
    {
        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None);
        var held = token.Token;
        _inFlight.Return(token, mayBeHeldOn: true);

        var next = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(1), CancellationToken.None);
        _time.AdvanceSeconds(2);
        Assert.True(next.Token.IsCancellationRequested);
        Assert.False(held.IsCancellationRequested);
        _inFlight.Return(next);
    }

    [Fact]
    public void Callers_token_that_comes_again_cancels_each_use_of_its_own_and_no_other()
    {
        using var source = new CancellationTokenSource();
        for (var use = 0; use < 3; use++)
            Use(source.Token);

        var another = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), CancellationToken.None);
        source.Cancel();
        Assert.False(another.Token.IsCancellationRequested);
        _inFlight.Return(another);

        using var second = new CancellationTokenSource();
        for (var use = 0; use < 3; use++)
            Use(second.Token);
        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), second.Token);
        Assert.Same(another, token);
        second.Cancel();
        Assert.Equal((true, false), (token.Token.IsCancellationRequested, token.HasExpired));
        _inFlight.Return(token);
    }

    [Fact]
    public void Callers_token_that_comes_again_and_is_cancelled_by_then_cancels_at_once()
    {
        using var source = new CancellationTokenSource();
        for (var use = 0; use < 3; use++)
            Use(source.Token);
        source.Cancel();

        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), source.Token);
        Assert.True(token.Token.IsCancellationRequested);
        _inFlight.Return(token);
    }

    [Fact]
    public void Callers_source_that_is_reset_between_uses_cancels_within_a_tick()
    {
        using var source = new CancellationTokenSource();
        for (var use = 0; use < 3; use++)
        {
            Use(source.Token);
            Assert.True(source.TryReset()); // Forgets who registered with it.
        }

        var token = _inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), source.Token);
        source.Cancel();
        var took = _time.AdvanceUntil(() => token.Token.IsCancellationRequested, TimeSpan.FromSeconds(1));

        Assert.InRange(took, TimeSpan.Zero, InFlight.Tick);
        Assert.False(token.HasExpired);
        _inFlight.Return(token);
    }

    [Fact]
    public void Callers_source_that_does_not_come_again_is_let_go_of()
    {
        var gone = UseOne();
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();

        Assert.False(gone.TryGetTarget(out _));

        [MethodImpl(MethodImplOptions.NoInlining)]
        WeakReference<CancellationTokenSource> UseOne()
        {
            var source = new CancellationTokenSource();
            Use(source.Token);
            return new(source);
        }
    }

    [Fact]
    public async Task Tokens_rented_by_many_at_once_end_each_by_its_own_deadline_only()
    {
        var wrong = 0;
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            for (var round = 0; round < 20_000; round++)
            {
                using var source = round % 7 == 0 ? new CancellationTokenSource() : null;
                var token = _inFlight.Rent(_clock.Now + TimeSpan.FromHours(1), source?.Token ?? CancellationToken.None);
                source?.Cancel();
                if (token.Token.IsCancellationRequested != (source is not null))
                    Interlocked.Increment(ref wrong);
                _inFlight.Return(token);
                if (worker == 0)
                    _time.Push(TimeSpan.FromMilliseconds(20));
            }
        })));

        Assert.Equal(0, wrong);
        Assert.Equal(0, _inFlight.Count);
    }

    private void Use(CancellationToken caller) => _inFlight.Return(_inFlight.Rent(_clock.Now + TimeSpan.FromSeconds(30), caller));
}

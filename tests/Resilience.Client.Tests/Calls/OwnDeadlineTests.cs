using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Times that a single call brings along.</summary>
[Collection(VirtualTime.Name)]
public sealed class OwnDeadlineTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Time_of_a_call_above_an_hour_is_refused(bool ofAttempt)
    {
        var key = ofAttempt ? CallOptions.AttemptTimeout : CallOptions.Timeout;
        foreach (var time in new[] { TimeSpan.MaxValue, TimeSpan.FromHours(1) + TimeSpan.FromTicks(1) })
        {
            var request = Bench.Get();
            request.Options.Set(key, time);
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _bench.Send(request));
        }

        var longest = Bench.Get();
        longest.Options.Set(key, TimeSpan.FromHours(1));
        (await _bench.Run(longest)).Dispose();
    }

    [Theory]
    [InlineData("CallDeadline")]
    [InlineData("Timeout")]
    [InlineData("AttemptTimeout")]
    public async Task Calls_with_short_times_of_their_own_do_not_take_the_backend_down(string by)
    {
        var time = TimeSpan.FromMilliseconds(15);
        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromMilliseconds(50), _bench.Wire.Ok);
        _bench.Wire.Probe = _bench.Wire.Ok;
        for (var call = 0; call < 30; call++)
        {
            using var deadline = by == "CallDeadline" ? CallDeadline.Begin(time, _bench.Time) : null;
            var request = Bench.Get();
            if (by == "Timeout")
                request.Options.Set(CallOptions.Timeout, time);
            if (by == "AttemptTimeout")
                request.Options.Set(CallOptions.AttemptTimeout, time);
            await _bench.Fails(request);
            Assert.Equal(BackendState.Up, _bench.State.State);
        }

        Assert.Equal(0, _bench.State.ErrorRate);
        (await _bench.Run()).Dispose();
    }
}

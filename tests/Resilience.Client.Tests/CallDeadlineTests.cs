using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class CallDeadlineTests : IDisposable
{
    private readonly Bench _bench = new();

    [Fact]
    public async Task Call_within_a_deadline_ends_by_then()
    {
        _bench.Wire.Answer = ScriptedWire.Hang;
        using var scope = CallDeadline.Begin(TimeSpan.FromSeconds(2));

        var failure = await _bench.Fails();

        Assert.Equal(BackendFailureReason.DeadlineExceeded, failure.Reason);
        Assert.InRange(failure.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(2.1));
    }

    [Fact]
    public async Task Shorter_timeout_of_the_call_itself_wins()
    {
        _bench.Wire.Answer = ScriptedWire.Hang;
        using var scope = CallDeadline.Begin(TimeSpan.FromMinutes(10));
        var request = Bench.Get();
        request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(1));

        var failure = await _bench.Fails(request);

        Assert.InRange(failure.Elapsed, TimeSpan.FromSeconds(1), TimeSpan.FromSeconds(1.1));
    }

    [Fact]
    public async Task Deadline_that_has_passed_sends_nothing()
    {
        using var scope = CallDeadline.Begin(TimeSpan.Zero);

        var failure = await _bench.Fails();

        Assert.Equal(BackendFailureReason.DeadlineExceeded, failure.Reason);
        Assert.Equal(0, failure.Attempts);
        Assert.Empty(_bench.Wire.Calls);
    }

    [Fact]
    public async Task Inner_deadline_cannot_outlast_the_outer_one_and_ends_with_its_scope()
    {
        Assert.Null(CallDeadline.Left);
        using (CallDeadline.Begin(TimeSpan.FromSeconds(1)))
        {
            using (CallDeadline.Begin(TimeSpan.FromHours(1)))
                Assert.True(CallDeadline.Left <= TimeSpan.FromSeconds(1));
            using (CallDeadline.Begin(TimeSpan.Zero))
                Assert.Equal(TimeSpan.Zero, CallDeadline.Left);
            Assert.True(CallDeadline.Left > TimeSpan.Zero);
        }

        Assert.Null(CallDeadline.Left);
        Assert.Equal(HttpStatusCode.OK, (await _bench.Run()).StatusCode);
    }

    public void Dispose() => _bench.Dispose();
}

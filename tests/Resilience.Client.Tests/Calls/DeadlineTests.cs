using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class DeadlineTests : IDisposable
{
    private readonly Bench _bench = new();

    public DeadlineTests()
    {
        _bench.Wire.Answer = ScriptedWire.Hang;
        _bench.Wire.Probe = _bench.Wire.Ok;
    }

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Call_of_a_backend_that_hangs_ends_at_its_deadline()
    {
        var error = await _bench.Fails();

        AssertInTime(30);
        Assert.Equal((BackendFailureReason.DeadlineExceeded, 3), (error.Reason, error.Attempts));
        Assert.InRange(error.Elapsed.TotalSeconds, 30, 30.05);
        Assert.Contains("Backends:catalog:Timeout (30 s)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempt_ends_at_its_own_timeout()
    {
        var error = await _bench.Fails(With(CallOptions.MaxRetries, 0));

        AssertInTime(10);
        Assert.Equal((BackendFailureReason.AttemptTimeout, 1), (error.Reason, error.Attempts));
        Assert.Contains("Backends:catalog:AttemptTimeout (10 s)", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Attempt_that_hangs_is_followed_by_one_that_does_not()
    {
        _bench.Wire.Answer = ScriptedWire.Sequence(ScriptedWire.Hang, _bench.Wire.Ok);

        using var response = await _bench.Run();

        Assert.True(response.IsSuccessStatusCode);
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, 10.1, 10.15); // The delay is half of 200 ms.
    }

    [Theory]
    [InlineData(0.001)]
    [InlineData(0.5)]
    [InlineData(2)]
    [InlineData(7.7777777)]
    [InlineData(45)]
    public async Task Timeout_of_a_call_is_its_deadline(double seconds)
    {
        var request = With(CallOptions.Timeout, TimeSpan.FromSeconds(seconds));
        request.Options.Set(CallOptions.AttemptTimeout, TimeSpan.FromHours(1));
        var error = await _bench.Fails(request);

        AssertInTime(seconds);
        Assert.Equal((BackendFailureReason.DeadlineExceeded, 1), (error.Reason, error.Attempts));
    }

    [Fact]
    public async Task Attempt_timeout_of_a_call_is_that_of_its_attempts()
    {
        var request = With(CallOptions.AttemptTimeout, TimeSpan.FromSeconds(1));
        request.Options.Set(CallOptions.MaxRetries, 0);
        var error = await _bench.Fails(request);

        AssertInTime(1);
        Assert.Equal(BackendFailureReason.AttemptTimeout, error.Reason);
    }

    [Fact]
    public async Task Option_of_a_call_out_of_its_bounds_is_refused()
    {
        foreach (var request in new[]
        {
            With(CallOptions.Timeout, TimeSpan.Zero), With(CallOptions.Timeout, TimeSpan.FromSeconds(-1)),
            With(CallOptions.AttemptTimeout, TimeSpan.Zero), With(CallOptions.MaxRetries, -1),
        })
        {
            await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => _bench.Send(request));
        }
    }

    [Fact]
    public async Task Caller_that_cancels_an_attempt_gets_its_own_cancellation()
    {
        using var source = new CancellationTokenSource();
        var call = _bench.CallFor(source);
        _bench.Time.AdvanceSeconds(5);
        Assert.False(call.IsCompleted);

        await source.CancelAsync();
        await AssertCancelled(call, source);
    }

    [Fact]
    public async Task Caller_that_cancels_a_delay_gets_its_own_cancellation_and_the_budget_its_token()
    {
        using var source = new CancellationTokenSource();
        _bench.Wire.Answer = _bench.Wire.Unavailable;
        var call = _bench.CallFor(source);
        Assert.Equal(2, _bench.State.BudgetLeft);

        await source.CancelAsync();
        await AssertCancelled(call, source);
        Assert.Equal(3, _bench.State.BudgetLeft);
        Assert.Equal(0, _bench.Wire.Undisposed);
    }

    [Fact]
    public async Task Caller_that_cancels_a_wait_gets_its_own_cancellation()
    {
        using var source = new CancellationTokenSource();
        _bench.Wire.Answer = ScriptedWire.Refuse;
        _bench.Wire.Probe = ScriptedWire.Refuse;
        var call = _bench.CallFor(source);
        _bench.Time.AdvanceSeconds(5);
        Assert.Equal(1, _bench.State.WaitingCalls);

        await source.CancelAsync();
        await AssertCancelled(call, source);
        Assert.Equal(0, _bench.State.WaitingCalls);
    }

    [Fact]
    public async Task Caller_that_has_cancelled_already_gets_its_own_cancellation()
    {
        using var source = new CancellationTokenSource();
        await source.CancelAsync();

        await AssertCancelled(_bench.CallFor(source), source);
        await AssertCancelled(_bench.CallFor(source, Bench.Post()), source);
    }

    [Fact]
    public async Task Request_body_that_stalls_does_not_outlast_the_deadline()
    {
        _bench.Wire.Answer = async (request, token) =>
        {
            await request.Content!.CopyToAsync(Stream.Null, token);
            return _bench.Wire.Response(System.Net.HttpStatusCode.OK);
        };
        var call = _bench.Call(new(HttpMethod.Put, TestSettings.Address) { Content = new StalledContent(length: null) });

        var error = await _bench.Fails(call);

        Assert.Equal(BackendFailureReason.AttemptTimeout, error.Reason);
        AssertInTime(10);
    }

    private static HttpRequestMessage With<T>(HttpRequestOptionsKey<T> option, T value)
    {
        var request = Bench.Get();
        request.Options.Set(option, value);
        return request;
    }

    private void AssertInTime(double seconds) =>
        Assert.InRange(_bench.Time.Elapsed.TotalSeconds, seconds, seconds + InFlight.Tick.TotalSeconds * 1.01);

    private async Task AssertCancelled(Task<HttpResponseMessage> call, CancellationTokenSource source)
    {
        FakeTime.Settle();
        Assert.True(call.IsCompleted);
        var error = await Assert.ThrowsAnyAsync<OperationCanceledException>(() => call);
        Assert.Equal(source.Token, error.CancellationToken);
        Assert.Equal(0, _bench.InFlight.Count);
    }

    private sealed class StalledContent(long? length) : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context, CancellationToken cancellationToken) =>
            await ScriptedWire.Hang(new(), cancellationToken);

        protected override Task SerializeToStreamAsync(Stream stream, System.Net.TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long known)
        {
            known = length ?? 0;
            return length is not null;
        }
    }
}

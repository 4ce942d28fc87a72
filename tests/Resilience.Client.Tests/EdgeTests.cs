using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class EdgeTests : IDisposable
{
    private readonly Bench _bench = new();

    public void Dispose() => _bench.Dispose();

    [Fact]
    public async Task Small_request_body_that_stalls_does_not_outlast_the_deadline()
    {
        var call = _bench.Call(new(HttpMethod.Put, TestSettings.Address) { Content = new Stalled() });
        var error = await _bench.Fails(call);
        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
    }

    [Fact]
    public async Task Cancellation_that_is_not_the_callers_is_never_shown_as_one()
    {
        _bench.Wire.Answer = (_, _) => Task.FromException<HttpResponseMessage>(new TaskCanceledException("not the caller's"));
        await _bench.Fails();
    }

    [Fact]
    public async Task Last_success_of_a_slow_attempt_is_its_end()
    {
        _bench.Wire.Answer = _bench.Wire.After(TimeSpan.FromSeconds(2), _bench.Wire.Ok);
        (await _bench.Run()).Dispose();
        Assert.Equal(_bench.Time.GetUtcNow(), _bench.State.LastSuccess ?? default, TimeSpan.FromMilliseconds(0.01));
    }

    [Fact]
    public void Isolation_again_changes_the_reason_and_not_the_time()
    {
        _bench.State.Isolate("new disks");
        var since = _bench.State.Since;
        _bench.Time.AdvanceSeconds(60);
        _bench.State.Isolate("more disks");
        Assert.Equal(since, _bench.State.Since, TimeSpan.FromMilliseconds(0.01));
    }

    [Fact]
    public async Task Since_read_twice_is_the_same()
    {
        (await _bench.Run()).Dispose();
        var (since, last) = (_bench.State.Since, _bench.State.LastSuccess);
        for (var i = 0; i < 100; i++)
        {
            _bench.Time.Advance(TimeSpan.FromTicks(1234567));
            Assert.Equal((since, last), (_bench.State.Since, _bench.State.LastSuccess));
        }
    }

    [Fact]
    public async Task AllServerErrors_in_any_case_keeps_429()
    {
        using var host = await ConfiguredHost.Catalog(("Backends:catalog:Retry:StatusCodes", "allservererrors")).StartAsync();
        Assert.True(host.Backend().Settings.StatusCodes.Contains(429));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Timeout_set_before_the_backend_is_added_wins_too(bool byDefaults)
    {
        var builder = ConfiguredHost.Builder((ConfiguredHost.Address, "http://backend.test"));
        if (byDefaults)
            builder.Services.ConfigureHttpClientDefaults(http => http.ConfigureHttpClient(client => client.Timeout = TimeSpan.FromSeconds(2)));
        else
            builder.Services.AddHttpClient("catalog", client => client.Timeout = TimeSpan.FromSeconds(2));
        builder.Services.AddResilientBackend("catalog");
        using var host = await builder.StartAsync();
        _ = host.Client();
        Assert.Equal(TimeSpan.FromSeconds(2), host.Backend().Settings.Timeout);
    }

    [Fact]
    public async Task Budget_is_given_back_when_the_caller_cancels_a_wait_after_a_retry_was_decided()
    {
        _bench.Wire.Answer = ScriptedWire.Sequence(_bench.Wire.Unavailable, ScriptedWire.Refuse);
        _bench.Wire.Probe = ScriptedWire.Refuse;
        using var caller = new CancellationTokenSource();
        var first = _bench.CallFor(caller); // 503: it has taken one, delays
        var second = _bench.Call();  // Refused: down, first waits now
        _bench.Time.AdvanceMilliseconds(500);
        Assert.Equal(2, _bench.State.BudgetLeft);
        await caller.CancelAsync();
        FakeTime.Settle();
        Assert.True(first.IsCanceled);
        Assert.Equal(3, _bench.State.BudgetLeft);
        Assert.False(second.IsCompleted);
    }

    [Fact]
    public async Task Probe_path_with_a_colon_is_a_path()
    {
        using var bench = new Bench(o => o.Recovery.ProbePath = "/a:b");
        bench.Wire.Answer = ScriptedWire.Refuse;
        var call = bench.Call();
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(call)).Dispose();
    }

    [Fact]
    public async Task Return_without_calls_is_shown_as_up()
    {
        using var caller = new CancellationTokenSource();
        _bench.Wire.Answer = ScriptedWire.Refuse;
        var gone = _bench.CallFor(caller);
        await caller.CancelAsync();
        _bench.Wire.Answer = _bench.Wire.Ok;
        _bench.Time.AdvanceSeconds(600);
        Assert.True(gone.IsCanceled);
        Assert.Equal(BackendState.Up, _bench.State.State);
    }

    [Fact]
    public async Task Refusal_that_arrives_after_the_return_is_sent_again_whatever_the_budget()
    {
        using var bench = new Bench(options => (options.Budget.Floor, options.Budget.Ratio) = (0, 0));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), ScriptedWire.Refuse);
        var slow = bench.Call();
        var other = bench.GoDown();
        bench.Wire.Answer = bench.Wire.Ok;
        (await bench.Finish(other)).Dispose();
        (await bench.Finish(slow)).Dispose();
    }

    private sealed class Stalled : HttpContent
    {
        protected override async Task SerializeToStreamAsync(Stream stream, TransportContext? context, CancellationToken cancellationToken) =>
            await ScriptedWire.Hang(new(), cancellationToken);

        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) =>
            SerializeToStreamAsync(stream, context, CancellationToken.None);

        protected override bool TryComputeLength(out long length)
        {
            length = 10;
            return true;
        }
    }
}

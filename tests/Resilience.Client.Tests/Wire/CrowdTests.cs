using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

[Collection(nameof(Alone))]
public sealed class CrowdTests
{
    private const int Many = 10_000; // MaxWaiting's default.
    private const int BytesPerWait = 2048;

    [Fact]
    public async Task Ten_thousand_calls_wait_in_bounded_memory_one_more_fails_and_all_succeed_at_the_return()
    {
        await using var backend = new ScriptedBackend { Records = false }.Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(
            backend.Address, handler => handler.MaxConnectionsPerServer = 64, "Timeout=00:10:00", "AttemptTimeout=00:05:00");
        var calls = new Task<HttpResponseMessage>[Many];
        calls[0] = host.Http.GetAsync("/", TestContext.Current.CancellationToken);
        await host.IsDownAsync(waiting: 1);

        var bare = BytesPerCall(Bare());
        var waiting = BytesPerCall(index => calls[index] = host.Http.GetAsync("/", CancellationToken.None));
        TestContext.Current.TestOutputHelper?.WriteLine($"A waiting call holds {waiting} bytes, one of a bare HttpClient {bare}.");
        await host.IsDownAsync(waiting: Many);
        Assert.Equal(1, host.Attempts);
        Assert.True(waiting - bare <= BytesPerWait, $"{waiting} bytes per waiting call, {bare} of them HttpClient's");

        var failure = await Assert.ThrowsAsync<BackendException>(() => host.GetAsync());
        Assert.Equal((BackendFailureReason.TooManyWaiting, 0), (failure.Reason, failure.Attempts));
        Assert.Contains("Backends:wire:Recovery:MaxWaiting (10000)", failure.Message, StringComparison.Ordinal);
        Assert.Equal(Many, host.State.WaitingCalls);

        backend.Start();
        foreach (var response in await Task.WhenAll(calls).Within())
        {
            Assert.True(response.IsSuccessStatusCode);
            response.Dispose();
        }

        Assert.Equal(Many, backend.Requests);
        await host.LeftNothingAsync();
    }

    private static Func<int, Task> Bare()
    {
        var http = new HttpClient(new NeverAnswering()) { BaseAddress = new("http://127.0.0.1") };
        return _ => http.GetAsync("/", CancellationToken.None);
    }

    private static long BytesPerCall(Func<int, Task> call)
    {
        var kept = new Task[Many];
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var index = 1; index < Many; index++)
            kept[index] = call(index);
        var after = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(kept);
        GC.KeepAlive(call);
        return (after - before) / (Many - 1);
    }

    private sealed class NeverAnswering : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            new TaskCompletionSource<HttpResponseMessage>().Task;
    }
}

using System.Net;
using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>What is held, as opposed to what passes: on the real clock, beside no other test.</summary>
[Collection(VirtualTime.Name)]
public sealed class MemoryTests
{
    private const int KiB = 1024;

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Call_that_waits_for_a_backend_that_is_down_holds_at_most_2_KiB(bool hasToken)
    {
        Assert.SkipUnless(IsOptimized(), "Without optimization every state machine is an object, with room for every local.");
        const int Waiting = 10_000;
        await using var services = Services(_ => throw new HttpRequestException(HttpRequestError.ConnectionError), options =>
        {
            options.Timeout = TimeSpan.FromMinutes(10);
            options.Recovery.MaxWaiting = Waiting + 1;
        });
        using var http = Client(services);
        var backend = services.GetRequiredService<IBackends>()["it"];
        var calls = new Task[Waiting + 1];
        var callers = new CancellationTokenSource?[Waiting];
        for (var call = 0; hasToken && call < Waiting; call++)
            callers[call] = new();
        calls[Waiting] = http.GetAsync("items", TestContext.Current.CancellationToken);
        await Eventually.IsTrueAsync(() => backend.WaitingCalls == 1, "the first call waits");

        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var call = 0; call < Waiting; call++)
            calls[call] = http.GetAsync("items", callers[call]?.Token ?? CancellationToken.None);
        await Eventually.IsTrueAsync(() => backend.WaitingCalls == Waiting + 1, "all calls wait");
        var bytes = (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / Waiting;

        backend.Isolate("measured");
        await Assert.ThrowsAsync<BackendException>(() => Task.WhenAll(calls).Within());
        GC.KeepAlive(callers);
        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes:0} bytes per waiting call");
        Assert.True(bytes <= 2 * KiB, $"{bytes:0} bytes per waiting call");
    }

    [Fact]
    public async Task Calls_that_have_ended_leave_nothing_behind_whatever_became_of_them()
    {
        const int Batch = 250, Batches = 400, FailureEvery = 20, BatchesPerOutage = 50;
        var (asked, isDown) = (0, false);
        await using var services = Services(
            request => Volatile.Read(ref isDown) ? throw new HttpRequestException(HttpRequestError.ConnectionError)
                : new(Interlocked.Increment(ref asked) % FailureEvery == 0 ? HttpStatusCode.ServiceUnavailable : HttpStatusCode.OK) { RequestMessage = request },
            options => (options.Retry.BaseDelay, options.Timeout) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(10)));
        using var http = Client(services);
        var backend = services.GetRequiredService<IBackends>()["it"];

        var early = 0L;
        for (var batch = 1; batch <= Batches; batch++)
        {
            var isOutage = batch % BatchesPerOutage == 0;
            Volatile.Write(ref isDown, isOutage);
            var calls = Enumerable.Range(0, Batch).Select(_ => CallAsync(http)).ToList();
            if (isOutage)
            {
                await Eventually.IsTrueAsync(() => backend.WaitingCalls == Batch, "all calls of the batch wait");
                Volatile.Write(ref isDown, false);
            }

            await Task.WhenAll(calls).Within();
            if (batch == 2 * BatchesPerOutage) // What is made once, and pools that have room for a batch, are there by then.
                early = GC.GetTotalMemory(forceFullCollection: true);
        }

        var growth = GC.GetTotalMemory(forceFullCollection: true) - early;
        TestContext.Current.TestOutputHelper?.WriteLine($"{growth:N0} bytes more than after a quarter of the calls");
        // Less than 2 bytes for each of the 75,000 calls since: one object kept of one in ten would be more.
        Assert.True(growth < 128 * KiB, $"{growth:N0} bytes more than after a quarter of the calls");
    }

    [Fact]
    public async Task Backend_that_has_been_called_holds_at_most_10_KiB()
    {
        const int Backends = 2_000;
        await CallEachAsync(10); // What is made once.
        var before = GC.GetTotalMemory(forceFullCollection: true);

        var bytes = (double)(await CallEachAsync(Backends) - before) / Backends;

        TestContext.Current.TestOutputHelper?.WriteLine($"{bytes:0} bytes per backend");
        Assert.True(bytes <= 10 * KiB, $"{bytes:0} bytes per backend");
    }

    private static async Task<long> CallEachAsync(int backends)
    {
        var collection = new ServiceCollection();
        for (var i = 0; i < backends; i++)
        {
            collection.AddResilientBackend($"backend-{i}", options => options.Address = TestSettings.Address)
                .ConfigurePrimaryHttpMessageHandler(() => new Answering(request => new(HttpStatusCode.OK) { RequestMessage = request }));
        }

        await using var services = collection.BuildServiceProvider();
        for (var i = 0; i < backends; i++)
        {
            using var http = services.GetRequiredService<IHttpClientFactory>().CreateClient($"backend-{i}");
            using var response = await http.GetAsync("items");
        }

        var held = GC.GetTotalMemory(forceFullCollection: true);
        GC.KeepAlive(collection);
        return held;
    }

    private static async Task CallAsync(HttpClient http)
    {
        using var response = await http.GetAsync("items");
    }

    private static ServiceProvider Services(Func<HttpRequestMessage, HttpResponseMessage> answer, Action<BackendOptions> configure)
    {
        var services = new ServiceCollection();
        services.AddResilientBackend("it", options =>
        {
            options.Address = TestSettings.Address;
            configure(options);
        }).ConfigurePrimaryHttpMessageHandler(() => new Answering(answer));
        return services.BuildServiceProvider();
    }

    private static HttpClient Client(ServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("it");

    private static bool IsOptimized() => typeof(Backend).Assembly
        .GetCustomAttributes(typeof(System.Diagnostics.DebuggableAttribute), false)
        .All(attribute => !((System.Diagnostics.DebuggableAttribute)attribute).IsJITOptimizerDisabled);

    private sealed class Answering(Func<HttpRequestMessage, HttpResponseMessage> answer) : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
        {
            await Task.Yield();
            return answer(request);
        }
    }
}

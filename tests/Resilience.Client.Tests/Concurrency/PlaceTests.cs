using System.Net;
using System.Runtime.CompilerServices;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Places among the attempts under way: who waits for one gets one, and none is lost.</summary>
[Collection(VirtualTime.Name)]
public sealed class PlaceTests
{
    [Fact]
    public async Task Call_beyond_the_limit_waits_for_a_place_and_the_newest_gets_it()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), bench.Wire.Ok);
        var calls = new[] { bench.Call(), bench.Call(Bench.Get("second")), bench.Call(Bench.Get("third")) };
        Assert.Equal((1, 2, 1, 1), (bench.State.InFlight, bench.State.WaitingCalls, bench.State.ConcurrencyLimit, bench.Wire.Calls.Count));
        foreach (var call in calls)
            (await bench.Finish(call)).Dispose();
        Assert.Equal(["/items", "/third", "/second"], bench.Wire.Calls.Select(call => call.Uri!.AbsolutePath));
        Assert.Equal((0, 0), (bench.State.InFlight, bench.State.WaitingCalls));
    }

    [Fact]
    public async Task Call_without_a_place_until_its_deadline_fails_as_overloaded()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = ScriptedWire.Hang;
        _ = bench.Call();
        var request = Bench.Get();
        request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(2));
        var error = await bench.Fails(request);
        Assert.Equal((BackendFailureReason.Overloaded, 0), (error.Reason, error.Attempts));
        Assert.Contains("no more than 1 at once", error.Message, StringComparison.Ordinal);
        Assert.Contains("Backends:catalog:Concurrency:Max (1)", error.Message, StringComparison.Ordinal);
        Assert.Contains(bench.Log, line => line.Contains("overloaded (attempts: 0, 2 s): Concurrency:Max is reached, and no more than 1 at once are let through.", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Calls_that_wait_for_places_for_a_second_are_said_once_and_so_is_their_end()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(0.4), bench.Wire.Ok);
        for (var call = 0; call < 10; call++)
            _ = bench.Send(Bench.Get());
        bench.Time.AdvanceSeconds(0.9);
        Assert.Empty(bench.Log);
        bench.Time.AdvanceSeconds(0.3);
        var check = await new BackendCheck(bench.Backend, null!).CheckHealthAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Healthy, "Up, but overloaded: Concurrency:Max is reached, and no more than 1 at once are let through"), (check.Status, check.Description));
        bench.Time.AdvanceSeconds(4); // Nobody waits since 3.6 s.
        check = await new BackendCheck(bench.Backend, null!).CheckHealthAsync(new(), TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Healthy, null), (check.Status, check.Description));
        bench.Time.AdvanceSeconds(10);

        Assert.Collection(
            bench.Log,
            line => Assert.Equal("Warning: Backend catalog is overloaded: Concurrency:Max is reached, and no more than 1 at once are let through. Calls wait for a place: 7, the newest goes first.", line),
            line => Assert.Equal("Information: Backend catalog is overloaded no longer. It was for 3.25 s.", line));
    }

    [Fact]
    public void Overload_that_comes_and_goes_is_said_once()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(0.4), bench.Wire.Ok);
        for (var crowd = 0; crowd < 5; crowd++)
        {
            for (var call = 0; call < 8; call++)
                _ = bench.Send(Bench.Get());
            bench.Time.AdvanceSeconds(8); // Nobody waits for the last five of them.
        }

        Assert.StartsWith("Warning: Backend catalog is overloaded", Assert.Single(bench.Log), StringComparison.Ordinal);
        bench.Time.AdvanceSeconds(10);
        Assert.Matches(@"overloaded no longer\. It was for 3\d\.\d+ s", bench.Log[^1]);
        Assert.Equal(2, bench.Log.Count);
    }

    [Fact]
    public void Overload_is_over_when_the_backend_goes_down()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(0.4), bench.Wire.Ok);
        for (var call = 0; call < 8; call++)
            _ = bench.Send(Bench.Get());
        bench.Time.AdvanceSeconds(5);
        bench.GoDown();
        FakeTime.Settle();

        Assert.Contains(bench.Log, line => line.StartsWith("Information: Backend catalog is overloaded no longer. It was for 2.", StringComparison.Ordinal));
        Assert.Contains(bench.Log, line => line.StartsWith("Warning: Backend catalog at", StringComparison.Ordinal) && line.Contains("is down", StringComparison.Ordinal));
    }

    [Fact]
    public void Overload_that_is_felt_is_said_with_its_latency()
    {
        using var bench = new Bench();
        Hold(bench, 20);
        bench.Wire.Answer = ScriptedWire.Hang;
        for (var call = 0; call < 100; call++)
            _ = bench.Send(Bench.Get());
        bench.Time.AdvanceSeconds(1.1);
        Assert.Matches(@"is overloaded: an attempt takes \d+(\.\d)? ms where \d+(\.\d)? ms were usual, and no more than \d+ at once", Assert.Single(bench.Log));
    }

    [Fact]
    public async Task Call_that_fails_fast_and_waits_for_a_place_fails_when_the_backend_goes_down()
    {
        using var bench = new Bench(Fixed(1, options => options.Recovery.WhenDown = WhenDown.FailFast));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), ScriptedWire.Refuse);
        _ = bench.Call();
        var waiting = bench.Call();
        bench.Time.AdvanceSeconds(1.1);
        Assert.True(waiting.IsCompleted, "still waits");
        Assert.Equal(BackendFailureReason.CircuitOpen, (await Assert.ThrowsAsync<BackendException>(() => waiting)).Reason);
    }

    [Fact]
    public async Task Waiting_call_goes_when_those_under_way_do_not_come_back_even_if_nobody_else_comes()
    {
        using var bench = new Bench(options => options.Timeout = options.AttemptTimeout = TimeSpan.FromMinutes(2));
        var limit = Hold(bench, 20);
        Assert.InRange(limit, 10, 40);
        bench.Wire.Answer = ScriptedWire.Hang;
        for (var call = 0; call < limit; call++)
            _ = bench.Call();
        bench.Wire.Answer = bench.Wire.Ok;
        var quick = bench.Call();
        Assert.False(quick.IsCompleted);
        bench.Time.AdvanceSeconds(2);
        Assert.True(quick.IsCompletedSuccessfully, $"limit {bench.State.ConcurrencyLimit}, {bench.State.InFlight} under way");
        (await quick).Dispose();
    }

    [Fact]
    public void Waiting_calls_of_an_outage_go_when_the_first_ones_after_it_do_not_come_back_and_nobody_else_comes()
    {
        using var bench = new Bench(options => options.Timeout = options.AttemptTimeout = TimeSpan.FromMinutes(2));
        Hold(bench, 20);
        bench.Wire.Answer = bench.Wire.Probe = ScriptedWire.Refuse;
        var calls = Enumerable.Range(0, 100).Select(_ => bench.Send(Bench.Get())).ToArray();
        FakeTime.Settle();
        var sent = 0;
        bench.Wire.Answer = (request, token) =>
            Interlocked.Increment(ref sent) is > 20 and <= 60 ? ScriptedWire.Hang(request, token) : bench.Wire.After(TimeSpan.FromMilliseconds(10), bench.Wire.Ok)(request, token);
        bench.Wire.Probe = bench.Wire.Ok;

        bench.Time.AdvanceSeconds(10);

        Assert.Equal((0, 60), (bench.State.WaitingCalls, calls.Count(call => call.IsCompletedSuccessfully)));
    }

    [Theory]
    [InlineData(ConcurrencyMode.Fixed)]
    [InlineData(ConcurrencyMode.None)]
    public async Task More_places_by_a_reload_are_filled_at_once(ConcurrencyMode mode)
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = ScriptedWire.Hang;
        _ = bench.Call();
        bench.Wire.Answer = bench.Wire.Ok;
        var second = bench.Call();
        Assert.False(second.IsCompleted);
        var options = new BackendOptions { Address = TestSettings.Address };
        (options.Concurrency.Mode, options.Concurrency.Max) = (mode, 100);
        bench.Backend.Reload(options);
        FakeTime.Settle();
        Assert.True(second.IsCompletedSuccessfully, "waits on");
        (await second).Dispose();
    }

    [Fact]
    public async Task Waiting_call_is_let_in_while_the_host_stops_and_its_backend_is_up()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), bench.Wire.Ok);
        var first = bench.Call();
        var waiting = bench.Call();
        bench.Backend.Entrance.StopWaiting();
        var late = bench.Call();
        foreach (var call in new[] { first, waiting, late })
            (await bench.Finish(call)).Dispose();
    }

    [Fact]
    public async Task Isolated_backend_shows_what_is_still_under_way()
    {
        using var bench = new Bench();
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), bench.Wire.Ok);
        var call = bench.Call();
        bench.State.Isolate("maintenance");
        Assert.Equal(1, bench.State.InFlight);
        (await bench.Finish(call)).Dispose();
        Assert.Equal(0, bench.State.InFlight);
    }

    [Fact]
    public async Task Attempts_from_before_an_outage_take_no_places_from_those_after_it()
    {
        using var bench = new Bench(Fixed(2));
        bench.Wire.Answer = ScriptedWire.Hang;
        _ = bench.Call();
        bench.Wire.Answer = ScriptedWire.Refuse;
        var refused = bench.Call();
        bench.Wire.Answer = bench.Wire.After(TimeSpan.FromSeconds(1), bench.Wire.Ok);
        bench.Wire.Probe = bench.Wire.Ok;
        var second = bench.Call();
        await bench.Finish(refused);
        await bench.Finish(second);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 1, 3);
        Assert.Equal(0, bench.State.InFlight);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Handler_that_returns_no_response_fails_its_call_and_keeps_no_place(bool later)
    {
        await using var services = Services(_ => null!, later);
        using var http = Client(services);
        await Assert.ThrowsAsync<InvalidOperationException>(() => http.GetAsync("items", TestContext.Current.CancellationToken).Within());
        Assert.Equal(0, services.GetRequiredService<IBackends>()["it"].InFlight);
    }

    [Fact]
    public async Task Body_that_throws_when_it_is_disposed_of_keeps_no_place()
    {
        using var bench = new Bench(Fixed(1));
        bench.Wire.Answer = ScriptedWire.Sequence(
            (_, _) => Task.FromResult(new HttpResponseMessage(HttpStatusCode.ServiceUnavailable) { Content = new Throwing() }), bench.Wire.Ok);
        (await bench.Run()).Dispose();
        Assert.Equal(0, bench.State.InFlight);
    }

    [Fact]
    public async Task Call_that_has_ended_is_held_by_nothing()
    {
        await using var services = Services(request => new(HttpStatusCode.OK) { RequestMessage = request, Content = new ByteArrayContent(new byte[100]) }, later: true);
        using var http = Client(services);
        var (response, request, local) = await CallAsync(http);
        await Eventually.IsTrueAsync(() =>
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
            return !response.IsAlive && !request.IsAlive && !local.IsAlive;
        }, "response, request and the caller's context are let go");
    }

    [Fact]
    public async Task Length_of_a_buffered_body_is_known_as_with_a_bare_client()
    {
        await using var services = Services(request => new(HttpStatusCode.OK) { RequestMessage = request, Content = new OfUnknownLength([1, 2, 3]) }, later: true);
        using var http = Client(services);
        using var response = await http.GetAsync("items", TestContext.Current.CancellationToken);
        Assert.Equal(3, response.Content.Headers.ContentLength);
        Assert.Equal([1, 2, 3], await response.Content.ReadAsByteArrayAsync(TestContext.Current.CancellationToken));
    }

    private static Action<BackendOptions> Fixed(int max, Action<BackendOptions>? more = null) => options =>
    {
        (options.Concurrency.Mode, options.Concurrency.Max) = (ConcurrencyMode.Fixed, max); // Min, 10, is not its own.
        more?.Invoke(options);
    };

    // Makes the adaptive limit hold, by what attempts took.
    private static int Hold(Bench bench, int peak)
    {
        var (limit, places) = (bench.Backend.Limit, bench.Backend.Epoch.Places);
        foreach (var (milliseconds, isFull) in new[] { (10, false), (10, false), (100, false), (100, true), (100, true) })
        {
            bench.Time.AdvanceSeconds(0.1);
            for (var one = 0; one < peak; one++)
                places.TryTake(int.MaxValue);
            if (isFull)
                Assert.False(limit.TryEnter(places));
            bench.Time.AdvanceMilliseconds(3 * milliseconds);
            var now = bench.Backend.Clock.Now;
            for (var one = 0; one < 20; one++)
                limit.Sample(places, now - TimeSpan.FromMilliseconds(milliseconds), now);
            for (var one = 0; one < peak; one++)
                places.GiveBack();
        }

        return limit.Limit;
    }

    private static ServiceProvider Services(Func<HttpRequestMessage, HttpResponseMessage> answer, bool later)
    {
        var services = new ServiceCollection();
        services.AddResilientBackend("it", options => options.Address = TestSettings.Address).ConfigurePrimaryHttpMessageHandler(() => new Stub(answer, later));
        return services.BuildServiceProvider();
    }

    private static HttpClient Client(ServiceProvider services) => services.GetRequiredService<IHttpClientFactory>().CreateClient("it");

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static async Task<(WeakReference Response, WeakReference Request, WeakReference Local)> CallAsync(HttpClient http)
    {
        var local = new AsyncLocal<object?> { Value = new object() };
        var value = new WeakReference(local.Value);
        var request = new HttpRequestMessage(HttpMethod.Get, "items");
        var response = await http.SendAsync(request);
        local.Value = null;
        return (new(response), new(request), value);
    }

    private sealed class Stub(Func<HttpRequestMessage, HttpResponseMessage> answer, bool later) : HttpMessageHandler
    {
        protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
            later ? Task.Run(() => answer(request), cancellationToken) : Task.FromResult(answer(request));
    }

    private sealed class Throwing : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => Task.CompletedTask;

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }

        protected override void Dispose(bool disposing)
        {
            base.Dispose(disposing);
            throw new InvalidOperationException("disposed");
        }
    }

    private sealed class OfUnknownLength(byte[] bytes) : HttpContent
    {
        protected override Task SerializeToStreamAsync(Stream stream, TransportContext? context) => stream.WriteAsync(bytes).AsTask();

        protected override bool TryComputeLength(out long length)
        {
            length = 0;
            return false;
        }
    }
}

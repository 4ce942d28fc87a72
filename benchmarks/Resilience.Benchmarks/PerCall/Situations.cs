using System.Net;
using System.Net.Http.Json;
using Resilience.Client;

namespace Resilience.Benchmarks;

/// <summary>A thing that is measured for several clients: what happens to the call, and the clients ready for it.</summary>
internal static class Situations
{
    /// <summary>A call that succeeds.</summary>
    public static Subject Success(Contender contender, bool isAsynchronous) => Gets(contender.Connect(() => new Stub(isAsynchronous, Stub.Ok)));

    /// <summary>A call that succeeds, with a body that HttpClient buffers, as it does unless told otherwise: the handler below gives a stream, as the network does.</summary>
    public static Subject Body(Contender contender, bool isAsynchronous)
    {
        var client = contender.Connect(() => new Stub(isAsynchronous, request => new(HttpStatusCode.OK)
        {
            RequestMessage = request,
            Content = new StreamContent(new MemoryStream(Item.Json, writable: false)) { Headers = { { "Content-Type", "application/json" }, { "Content-Length", $"{Item.Json.Length}" } } },
        }));
        return new(client.Name, async calls =>
        {
            for (var call = 0; call < calls; call++)
            {
                using var response = await client.Http.GetAsync("items");
            }
        });
    }

    /// <summary>Every first attempt is answered with 503, every second one with 200, and nobody waits between.</summary>
    public static IReadOnlyList<Subject> OneRetry(bool isAsynchronous) => [
        Alternating(Contender.Bare, isAsynchronous, repeats: 2), // Two calls in place of one with two attempts.
        Alternating(
            Contender.OursWith(options =>
            {
                options.Retry.BaseDelay = TimeSpan.Zero;
                options.Budget.Ratio = 10;
                options.Budget.Floor = 1000;
            }),
            isAsynchronous),
        Alternating(Contender.Floor("floor: loop by hand", attemptTimeout: null, TimeSpan.Zero), isAsynchronous),
        Alternating(Contender.Polly("Polly, timeout + retry + circuit + timeout", () => PollyHandler.Full(TimeSpan.Zero, breakAt: 0.9), hasDeadline: true), isAsynchronous)];

    /// <summary>The backend is down, and calls end at once without having been sent: an exception each.</summary>
    public static async Task<IReadOnlyList<Subject>> RefusedAsync() => [
        await DownAsync(Contender.Bare), // The stub's own exception.
        await DownAsync(Contender.OursWith(options => options.Recovery.WhenDown = WhenDown.FailFast)),
        await DownAsync(Contender.Floor("floor: loop by hand", attemptTimeout: null, TimeSpan.Zero)),
        await DownAsync(Contender.Polly("Polly, circuit open", () => PollyHandler.Full(TimeSpan.Zero, minimum: 2), hasDeadline: true))];

    /// <summary>JSON, read from an answer of 170 bytes.</summary>
    public static IReadOnlyList<Subject> Json(bool isAsynchronous)
    {
        var bare = Contender.Bare.Connect(() => new Stub(isAsynchronous, Items)).Http;
        var ours = new BackendClient(Contender.Ours.Connect(() => new Stub(isAsynchronous, Items)).Http);
        return [
            new("bare: GetFromJsonAsync", async calls =>
            {
                for (var call = 0; call < calls; call++)
                    await bare.GetFromJsonAsync("items", ItemJson.Default.ItemArray);
            }),
            new("**BackendClient.GetAsync**", async calls =>
            {
                for (var call = 0; call < calls; call++)
                    await ours.GetAsync("items", ItemJson.Default.ItemArray);
            })];
    }

    private static HttpResponseMessage Items(HttpRequestMessage request) => new(HttpStatusCode.OK)
    {
        RequestMessage = request,
        Content = new ByteArrayContent(Item.Json) { Headers = { { "Content-Type", "application/json" } } },
    };

    private static Subject Alternating(Contender contender, bool isAsynchronous, int repeats = 1)
    {
        var asked = 0;
        var client = contender.Connect(() => new Stub(isAsynchronous, request => new(Interlocked.Increment(ref asked) % 2 == 0 ? HttpStatusCode.OK : HttpStatusCode.ServiceUnavailable)
        {
            RequestMessage = request,
        }));
        return new(repeats == 1 ? client.Name : $"{client.Name}, {repeats} calls", async calls =>
        {
            asked = 0;
            await Calls.GetAsync(client.Http, calls * repeats);
            if (asked != calls * 2)
                throw new InvalidOperationException($"{client.Name} sent {asked} attempts for {calls} calls.");
        });
    }

    private static async Task<Subject> DownAsync(Contender contender)
    {
        var client = contender.Connect(() => new Stub(isAsynchronous: false, Stub.Refuse));
        await Calls.AreRefusedAsync(client.Http, 100); // Opens what opens.
        return new(client.Name, calls => Calls.AreRefusedAsync(client.Http, calls));
    }

    private static Subject Gets(Connected client) => new(client.Name, calls => Calls.GetAsync(client.Http, calls));
}

using System.Diagnostics;
using System.Net;

namespace Resilience.Benchmarks;

/// <summary>Very many calls, some of which fail, with outages between: the live heap must not grow with them.</summary>
internal static class Soak
{
    private const int Parts = 10, Batch = 500, CallsPerOutage = 50_000, FailureEvery = 20;

    public static async Task RunAsync(Report report, RunOptions options)
    {
        var total = options.CallsOr(1_000_000);
        var (asked, isDown) = (0, false);
        using var client = Contender.OursWith(backend => (backend.Retry.BaseDelay, backend.Timeout) = (TimeSpan.FromMilliseconds(1), TimeSpan.FromMinutes(5)))
            .Connect(() => new Stub(isAsynchronous: true, request =>
                Volatile.Read(ref isDown) ? Stub.Refuse(request)
                : Interlocked.Increment(ref asked) % FailureEvery == 0 ? new(HttpStatusCode.ServiceUnavailable) { RequestMessage = request }
                : Stub.Ok(request)));

        var table = new Table(
            "Soak", $"{total:N0} calls, {Batch} at a time, over a stub that answers every {FailureEvery}th attempt with 503 and is away after every {CallsPerOutage:N0} calls; the live heap after each part.",
            ("live heap, KiB", "N0"), ("not succeeded", "N0"), ("seconds", "0.0"));
        await BatchAsync(client.Http); // What is made once is made.
        table.Add("before", GC.GetTotalMemory(forceFullCollection: true) / 1024, 0, 0.0);
        var sinceOutage = 0;
        for (var part = 1; part <= Parts; part++)
        {
            var (failed, started) = (0, Stopwatch.GetTimestamp());
            for (var done = 0; done < total / Parts; done += Batch)
            {
                if ((sinceOutage += Batch) < CallsPerOutage)
                {
                    failed += await BatchAsync(client.Http);
                    continue;
                }

                sinceOutage = 0;
                Volatile.Write(ref isDown, true);
                var waiting = BatchAsync(client.Http);
                await Task.Delay(100);
                Volatile.Write(ref isDown, false);
                failed += await waiting;
            }

            table.Add($"{total / Parts * part:N0} calls", GC.GetTotalMemory(forceFullCollection: true) / 1024, failed, Stopwatch.GetElapsedTime(started).TotalSeconds);
        }

        report.Add(table);
    }

    private static async Task<int> BatchAsync(HttpClient http) => (await Task.WhenAll(Enumerable.Range(0, Batch).Select(_ => FailsAsync(http)))).Sum();

    private static async Task<int> FailsAsync(HttpClient http)
    {
        try
        {
            using var response = await http.GetAsync("items");
            return response.IsSuccessStatusCode ? 0 : 1;
        }
        catch (HttpRequestException)
        {
            return 1;
        }
    }
}

namespace Resilience.Benchmarks;

/// <summary>What a call holds in memory while it waits: for a backend that is down, or for an answer that does not come.</summary>
internal static class WaitingCalls
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private static readonly Contender Patient = Contender.OursWith(options =>
    {
        options.Timeout = TimeSpan.FromMinutes(30);
        options.AttemptTimeout = TimeSpan.FromMinutes(20);
        options.Recovery.MaxWaiting = 1_000_000;
        options.Concurrency.Mode = Client.ConcurrencyMode.None; // They are under way all at once.
    });

    public static async Task RunAsync(Report report, RunOptions options)
    {
        var count = options.CallsOr(10_000);
        var table = new Table(
            "Memory per waiting call", $"{count:N0} calls of GetAsync at once, the live heap before and during, divided by the calls; what they leave behind once they have ended is pooled for the next.",
            ("without a token", "N0"), ("with a token", "N0"), ("left behind", "N0"));
        table.Add("bare, waits for an answer", await InFlightAsync(Contender.Bare, count));
        table.Add("**Resilience**, waits for an answer", await InFlightAsync(Patient, count));
        table.Add("Polly, timeout + retry + circuit + timeout, waits for an answer", await InFlightAsync(Contender.All[^1], count));
        table.Add("**Resilience**, waits for a backend that is down", [.. await DownAsync(Patient, count)]);
        report.Add(table);
    }

    /// <summary>Bytes per call that waits for a backend whose port is closed: without a token, with one of its own, and left behind.</summary>
    private static async Task<object?[]> DownAsync(Contender contender, int count)
    {
        using var port = new ClosedPort();
        var (bytes, left) = (new object?[3], 0.0);
        for (var hasToken = 0; hasToken < 2; hasToken++)
        {
            using var client = contender.Connect(primary: null, port.Address);
            var first = client.Http.GetAsync("items");
            await UntilAsync(() => client.Backend.WaitingCalls == 1);
            (bytes[hasToken], left) = await MeasureAsync(client.Http, count, hasToken == 1, () => client.Backend.WaitingCalls == count + 1, () => client.Backend.Isolate("measured"));
            await Task.WhenAny(first);
        }

        bytes[2] = left;
        return bytes;
    }

    private static async Task<object?[]> InFlightAsync(Contender contender, int count)
    {
        var (bytes, left) = (new object?[3], 0.0);
        for (var hasToken = 0; hasToken < 2; hasToken++)
        {
            var stub = new HeldStub();
            using var client = contender.Connect(() => stub);
            (bytes[hasToken], left) = await MeasureAsync(client.Http, count, hasToken == 1, () => stub.Count == count, stub.Release);
        }

        bytes[2] = left;
        return bytes;
    }

    private static async Task<(double Waiting, double Left)> MeasureAsync(HttpClient http, int count, bool hasToken, Func<bool> areWaiting, Action end)
    {
        var calls = new Task[count];
        var tokens = new CancellationTokenSource?[count];
        for (var call = 0; hasToken && call < count; call++)
            tokens[call] = new(); // As a request that comes in has one.
        var before = GC.GetTotalMemory(forceFullCollection: true);
        for (var call = 0; call < count; call++)
            calls[call] = http.GetAsync("items", tokens[call]?.Token ?? CancellationToken.None);
        await UntilAsync(areWaiting);
        var waiting = GC.GetTotalMemory(forceFullCollection: true) - before;
        end();
        for (var call = 0; call < count; call++)
        {
            await Task.WhenAny(calls[call]); // Refused or answered, as the case is.
            calls[call] = Task.CompletedTask;
        }

        return ((double)waiting / count, (double)(GC.GetTotalMemory(forceFullCollection: true) - before) / count);
    }

    private static async Task UntilAsync(Func<bool> condition)
    {
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
            await Task.Delay(5, limit.Token);
    }
}

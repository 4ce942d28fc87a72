using Xunit;

namespace Resilience.Client.Tests;

/// <summary>Answers of which a share is 503, each for itself, at 100 calls a second over a minute: what the promises of docs/performance.md rest on.</summary>
[Collection(VirtualTime.Name)]
public sealed class RandomFailureTests
{
    private const int Calls = 6_000;
    private static readonly TimeSpan Between = TimeSpan.FromMilliseconds(10), Latency = TimeSpan.FromMilliseconds(20);

    [Theory]
    [InlineData(0.12, 99.9, 1.2)]
    [InlineData(0.2, 99.5, 1.35)]
    [InlineData(0.3, 97, 1.5)]
    [InlineData(0.5, 65, 1.5)]
    public async Task Calls_succeed_by_retries_that_help(double share, double percent, double attempts)
    {
        var random = new Random(7);
        using var bench = new Bench();
        using var heard = bench.Listen();
        bench.Wire.Probe = bench.Wire.Ok;
        bench.Wire.Answer = bench.Wire.After(Latency, (request, token) =>
            Next() < share ? bench.Wire.Unavailable(request, token) : bench.Wire.Ok(request, token));
        var calls = new List<Task<HttpResponseMessage>>();
        for (var call = 0; call < Calls; call++)
        {
            bench.Random = Next();
            calls.Add(bench.Send(Bench.Get()));
            bench.Time.Advance(Between);
        }

        var succeeded = 0;
        foreach (var call in calls)
        {
            using var response = await bench.Finish(call);
            succeeded += response.IsSuccessStatusCode ? 1 : 0;
        }

        TestContext.Current.TestOutputHelper?.WriteLine($"{100.0 * succeeded / Calls:0.00} % at {(double)bench.Wire.Calls.Count / Calls:0.00}; withheld by budget {heard.Sum(TelemetryNames.Instruments.Withheld, ("reason", "budget"))}, max {heard.Sum(TelemetryNames.Instruments.Withheld, ("reason", "max_retries"))}, down {heard.Sum(TelemetryNames.Instruments.Transitions, ("state", "down"))}");
        Assert.True(succeeded >= percent / 100 * Calls, $"{100.0 * succeeded / Calls:0.00} % succeeded");
        Assert.True(bench.Wire.Calls.Count <= attempts * Calls, $"{(double)bench.Wire.Calls.Count / Calls:0.00} attempts per call");

        double Next()
        {
            lock (random)
                return random.NextDouble();
        }
    }
}

using System.Diagnostics;
using System.Net;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>PostgreSQL goes away and comes back under an Api whose readiness is asked without pause.</summary>
public sealed class PostgresOutageTests
{
    private static readonly TimeSpan Period = TimeSpan.FromSeconds(1), Shortest = Period * 0.9; // Periods vary by a tenth.
    private static readonly TimeSpan Clocks = TimeSpan.FromMilliseconds(50); // Of two processes, and of timers.

    [Fact]
    public async Task Readiness_turns_at_the_third_failure_comes_back_and_never_has_a_check_run()
    {
        using var server = await PostgresServer.StartAsync("log_statement=all");
        using var api = await new Sample("Api")
        {
            Settings =
            {
                ["ConnectionStrings__Postgres"] = server.ConnectionString,
                ["Health__Period"] = Period.ToString(),
                ["Health__FailingPeriod"] = Period.ToString(),
            },
        }.ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);

        var began = Stopwatch.GetTimestamp();
        var runsBefore = Runs(server);
        Load[] loads = [.. Enumerable.Range(0, 4).Select(_ => Load.Get(api.Port, "/api/health/ready"))];
        await Eventually.IsTrueAsync(() => loads.Sum(load => load.Count) >= 2_000 && Runs(server) >= runsBefore + 2, "many requests, and some runs");
        var (runs, most) = (Runs(server) - runsBefore, 1 + Stopwatch.GetElapsedTime(began) / Shortest);
        TestContext.Current.TestOutputHelper?.WriteLine($"{runs} runs for {loads.Sum(load => load.Count)} requests in {Stopwatch.GetElapsedTime(began).TotalSeconds:0.0} s");
        Assert.InRange(runs, 2, most);

        var stopped = Stopwatch.GetTimestamp();
        await server.StopAsync();
        await Eventually.IsTrueAsync(() => loads.All(load => load.Last?.Status == 503), "readiness says no");
        Assert.True((await api.GetAsync("/api/health/live")).Status == HttpStatusCode.OK, "PostgreSQL is no reason to be restarted.");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await api.GetAsync("/leaderboard")).Status);

        var restarted = Stopwatch.GetTimestamp();
        await server.StartAsync();
        await Eventually.IsTrueAsync(() => loads.All(load => load.Last?.Status == 200), "readiness says yes again");
        Assert.Equal(HttpStatusCode.OK, (await api.GetAsync("/leaderboard")).Status);

        foreach (var load in loads)
        {
            var answers = await load.StopAsync();
            var statuses = answers.Select(answer => answer.Status).ToList();
            var (no, again) = (statuses.IndexOf(503), statuses.LastIndexOf(503) + 1);
            Assert.All(statuses[..no], status => Assert.Equal(200, status));
            Assert.All(statuses[no..again], status => Assert.Equal(503, status));
            Assert.All(statuses[again..], status => Assert.Equal(200, status));

            // The first failure is after the signal to the server, the third two periods later.
            var turned = Stopwatch.GetElapsedTime(stopped, answers[no].Ended);
            Assert.True(turned > (2 * Shortest) - Clocks, $"503 came {turned.TotalSeconds:0.00} s after the stop: not at the third failure.");
            Assert.EndsWith("""{"status":"error","reason":"dependency"}""", answers[no].Text, StringComparison.Ordinal);
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"503 {turned.TotalSeconds:0.00} s after the stop, 200 {Stopwatch.GetElapsedTime(restarted, answers[again].Ended).TotalSeconds:0.00} s after the start");
        }

        Assert.Equal(0, await api.StopAsync());
        Assert.Single(api.Process.Lines, line => line.Contains("Check postgres is ", StringComparison.Ordinal) && !line.Contains("again", StringComparison.Ordinal));
        Assert.Single(api.Process.Lines, line => line.Contains("Check postgres is connected again after ", StringComparison.Ordinal));
    }

    // As the server itself has it in its log.
    private static int Runs(PostgresServer server) => server.Log.Split("pg_is_in_recovery()").Length - 1;
}

using System.Text.RegularExpressions;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;
using Xunit;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>What somebody reads who is woken by it.</summary>
[Collection(VirtualTime.Name)]
public sealed partial class GateTextTests
{
    [Fact]
    public async Task Wait_that_ends_well_reads_like_this()
    {
        using var bench = new GateBench(("StartupGate:Checks:api:Stage", "1"));
        var db = bench.Add("orders-db");
        db.Fails(CheckErrors.Refused, "10.0.0.5:5432 refuses connections: nobody listens there.");
        bench.Add("cache").IsWellAfter(0.1);
        var search = bench.Add("search", HealthStatus.Degraded);
        search.Fails(CheckErrors.Dns, "The name in search:9200\ndoes not resolve.", HealthStatus.Degraded);
        search.After(0.2);
        var api = bench.Add("api");
        var starting = bench.Start();
        bench.Time.AdvanceSeconds(11);
        db.Fails(CheckErrors.Starting, "The database system is starting up.");
        bench.Time.AdvanceSeconds(1);
        db.IsWell();
        bench.Time.AdvanceSeconds(0.57);
        api.IsWell();
        bench.UntilOpen();
        await starting.Within();

        Assert.Equal(
            [
                "Information: Startup gate: waiting for 4 checks, 60 s at most: orders-db, cache, search (optional), then api",
                "Information: Startup gate: orders-db is not there yet, connection refused (10.0.0.5:5432 refuses connections: nobody listens there)",
                "Information: Startup gate: cache is there after 0.1 s",
                "Information: Startup gate: search is not there yet, its name does not resolve (The name in search:9200 does not resolve)",
                "Information: Startup gate: 1 of 4 there after 5 s, waiting for orders-db for 5 s (connection refused), search for 5 s (its name does not resolve); 55 s left",
                "Warning: Startup gate: search is optional and not there after 10.0 s, its name does not resolve (The name in search:9200 does not resolve). The start goes on without it",
                "Information: Startup gate: 1 of 4 there after 10 s, waiting for orders-db for 10 s (connection refused); 50 s left",
                "Information: Startup gate: orders-db is not there yet, still starting (The database system is starting up)",
                "Information: Startup gate: orders-db is there after 12.x s",
                "Information: Startup gate: api is not there yet, connection refused",
                "Information: Startup gate: api is there after 12.6 s",
                "Information: Startup gate: open after 12.6 s, 3 of 4 there (without search)",
            ],
            bench.Log.Lines.Where(line => line.Contains("Startup gate", StringComparison.Ordinal)).Select(line => Late().Replace(line, "12.x s")));
    }

    [Fact]
    public async Task Wait_that_fails_ends_with_a_table()
    {
        using var bench = new GateBench(("StartupGate:Timeout", "00:00:04"), ("StartupGate:OptionalTimeout", "00:00:01"), ("StartupGate:Checks:api:Stage", "1"));
        bench.Add("orders-db").Fails(CheckErrors.Refused, "10.0.0.5:5432 refuses connections: nobody listens there.");
        bench.Add("cache").IsWellFrom(2);
        bench.Add("search", HealthStatus.Degraded, timeout: TimeSpan.FromSeconds(9)).HangsUntil(100);
        bench.Add("api");

        var (_, failure) = await bench.UntilFailed(bench.Start());

        Assert.Equal("Startup gate: the start has failed after 4.0 s (StartupGate:Timeout). Not there: orders-db (connection refused)", failure.Message);
        var lines = Assert.Single(bench.Log.Lines, line => line.StartsWith("Critical: ", StringComparison.Ordinal)).Split('\n');
        Assert.Equal(
            [
                $"Critical: {failure.Message}",
                "  check                state      for    runs  last reason",
                "  orders-db  required  MISSING    4.0 s  #     connection refused (10.0.0.5:5432 refuses connections: nobody listens there)",
                "  cache      required  there      2.0 s  #",
                "  search     optional  given up   4.0 s  #     no answer yet",
                "  api        required  not asked",
            ],
            lines.Select(line => Runs().Replace(line, runs => "#".PadRight(runs.Length)).TrimEnd()));
    }

    [Fact]
    public void Reasons_that_alternate_make_few_lines_and_the_reports_say_the_newest()
    {
        using var bench = new GateBench();
        var check = bench.Add("db");
        var runs = 0;
        check.Answer = _ => Task.FromResult(new HealthCheckResult(
            HealthStatus.Unhealthy, data: new Dictionary<string, object> { [CheckErrors.DataKey] = ++runs % 2 == 0 ? CheckErrors.Refused : CheckErrors.Starting }));
        _ = bench.Start();

        bench.Time.AdvanceSeconds(59);

        // 1 s after the first, 2 s after the second, and so on.
        Assert.InRange(bench.Said.Count(line => line.StartsWith("db is not there yet", StringComparison.Ordinal)), 9, 11);
        Assert.Equal(11, bench.Said.Count(line => line.Contains("waiting for db", StringComparison.Ordinal)));
    }

    [Fact]
    public void Check_that_comes_and_goes_makes_few_lines_and_the_last_one_is_true()
    {
        using var bench = new GateBench();
        var db = bench.Add("db");
        var cache = bench.Add("cache");
        db.Answer = _ => Task.FromResult(bench.Time.Elapsed.TotalSeconds % 2 < 1 ? HealthCheckResult.Healthy() : HealthCheckResult.Unhealthy("away"));
        _ = bench.Start();
        bench.Time.AdvanceSeconds(55.9);
        Assert.InRange(bench.Said.Count(line => line.StartsWith("db is", StringComparison.Ordinal)), 9, 17);

        db.IsWell();
        cache.IsWell();
        bench.UntilOpen();

        Assert.Contains("is there after", bench.Said.Last(line => line.StartsWith("db is", StringComparison.Ordinal)), StringComparison.Ordinal);
    }

    [Fact]
    public void Evaluator_says_nothing_of_checks_while_the_gate_does()
    {
        using var bench = new GateBench();
        bench.Add("db").IsWellFrom(3);
        bench.Add("cache").IsWell();
        bench.Add("search", HealthStatus.Degraded).Fails(status: HealthStatus.Degraded);
        bench.Add("untagged", tag: "other").Fails(words: "away");
        _ = bench.Start();

        bench.UntilOpen();

        Assert.Equal(["Error: Check untagged is error: refused (away)"], bench.Log.Lines.Where(line => line.Contains(": Check ", StringComparison.Ordinal)));
        Assert.DoesNotContain(bench.Log.Lines, line => line.Contains("Started: all", StringComparison.Ordinal));
    }

    [Fact]
    public void Evaluator_says_what_happens_to_checks_once_the_gate_is_open()
    {
        using var bench = new GateBench();
        bench.Add("search", HealthStatus.Degraded).IsWellFrom(15);
        _ = bench.Start();
        bench.UntilOpen();

        bench.Time.AdvanceSeconds(20);

        Assert.Contains(bench.Log.Lines, line => line.StartsWith("Information: Check search is ok again after 1", StringComparison.Ordinal));
    }

    [Fact]
    public void Check_cannot_colour_the_screen_nor_begin_a_line() => Assert.Equal(
        "connection refused (red  [31m and  two)",
        GateText.Reason(new("db", 0) { Error = Resilience.Health.CheckErrors.Refused, Description = "red \u001b[31m and\n\u0007two" }));

    [Fact]
    public void Long_words_are_cut()
    {
        using var bench = new GateBench();
        bench.Add("db").Fails(words: new string('x', 3000));
        _ = bench.Start();

        Assert.Equal($"db is not there yet, connection refused ({new string('x', 200)}…)", bench.Said[1]);
    }

    [Fact]
    public void Reports_name_five_at_most()
    {
        using var bench = new GateBench();
        for (var i = 0; i < 50; i++)
            bench.Add($"check-{i}");
        _ = bench.Start();
        bench.Time.AdvanceSeconds(5.5);

        var report = Assert.Single(bench.Said, line => line.StartsWith("0 of 50 there after 5 s", StringComparison.Ordinal));
        Assert.EndsWith("check-4 for 5 s (connection refused) and 45 more; 55 s left", report, StringComparison.Ordinal);
    }

    [GeneratedRegex("12\\.[0-2] s")] // As late as the 2 % rule allows.
    private static partial Regex Late();

    [GeneratedRegex("(?<= s  )[0-9]+")]
    private static partial Regex Runs();
}

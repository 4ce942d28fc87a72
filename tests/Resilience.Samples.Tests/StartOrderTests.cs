using System.Diagnostics;
using System.Net;
using Npgsql;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary>The samples started in the wrong order, under requests that never pause.</summary>
public sealed class StartOrderTests
{
    private const string Refusal = "\r\nRetry-After: 1\r\n", Failed = "the start has failed after ";

    [Theory]
    [InlineData("Production")]
    [InlineData("Demo")] // Without AddHealthEndpoints.
    public async Task Api_before_its_PostgreSQL_refuses_until_that_is_there_and_then_serves(string environment)
    {
        using var server = await PostgresServer.StartAsync();
        await server.StopAsync();
        using var api = await new Sample("Api") { HostEnvironment = environment, Settings = { ["ConnectionStrings__Postgres"] = server.ConnectionString } }.StartAsync();
        await WaitsAsync(api, "/api/health");
        var business = Load.Get(api.Port, "/leaderboard");
        await Eventually.IsTrueAsync(() => business.Count > 100, "requests are refused");

        var started = Stopwatch.GetTimestamp();
        await server.StartAsync();
        await Eventually.IsTrueAsync(() => business.Last?.Status == 200, "requests are served");

        await ServesOnceReadyAsync(business, started);
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await api.GetAsync("/api/health/ready"));
        Assert.Equal(0, await api.StopAsync());
        Assert.Contains(api.Process.Lines, line => line.Contains("Startup gate: open after ", StringComparison.Ordinal));
        Assert.Contains(api.Process.Lines, line => line.Contains("The tables are there.", StringComparison.Ordinal));
        Assert.DoesNotContain("No tables yet", api.Process.Output, StringComparison.Ordinal); // Whoever makes them waits as well.
    }

    [Fact]
    public async Task Web_before_the_Api_refuses_until_that_is_there_and_then_serves()
    {
        using var api = new Sample("Api");
        using var web = await WebAsync(api);
        await WaitsAsync(web, "/health");
        var pages = Load.Get(web.Port, "/leaderboard");
        await Eventually.IsTrueAsync(() => pages.Count > 100, "visitors are refused");

        var started = Stopwatch.GetTimestamp();
        await api.ListensAsync();
        await Eventually.IsTrueAsync(() => pages.Last?.Status == 200, "visitors are served");

        await ServesOnceReadyAsync(pages, started);
        await web.AnswersAsync("/health/ready", HttpStatusCode.OK, "ok");
        Assert.Equal(0, await web.StopAsync());
        Assert.Contains(web.Process.Lines, line => line.Contains("Startup gate: open after ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task All_three_started_in_the_wrong_order_become_ready_by_themselves()
    {
        using var server = await PostgresServer.StartAsync();
        await server.StopAsync();
        using var api = new Sample("Api") { Settings = { ["ConnectionStrings__Postgres"] = server.ConnectionString } };
        using var web = await WebAsync(api);
        await WaitsAsync(web, "/health");
        await api.ListensAsync();
        await WaitsAsync(api, "/api/health");
        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await web.GetAsync("/health/ready")).Status); // An Api that only listens is no Api.

        await server.StartAsync();

        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);
        await web.AnswersAsync("/health/ready", HttpStatusCode.OK);
        await web.AnswersAsync("/leaderboard", HttpStatusCode.OK);
    }

    [Fact]
    public async Task Redis_is_waited_for_for_a_while_and_then_done_without()
    {
        using var api = await new Sample("Api") { Settings = { ["ConnectionStrings__Redis"] = $"127.0.0.1:{Ports.Free()}", ["StartupGate__OptionalTimeout"] = "00:00:05" } }.ListensAsync();
        await WaitsAsync(api, "/api/health");
        await api.AnswersAsync("/leaderboard", HttpStatusCode.OK);
        Assert.Equal((HttpStatusCode.OK, """{"status":"degraded"}"""), await api.GetAsync("/api/health/ready"));
        Assert.Contains("redis is optional and not there after 5", api.Process.Output, StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_never_comes_ends_the_Api_with_69_and_the_reason()
    {
        using var api = await ApiAsync($"Host=127.0.0.1;Port={Ports.Free()};Username=nobody;Password=none", ("StartupGate__Timeout", "00:00:03"));
        await EndsAsync(api, "postgres", "connection refused");
    }

    [Fact]
    public async Task Api_that_never_comes_ends_the_site_with_69_and_the_reason()
    {
        using var api = new Sample("Api");
        using var web = await WebAsync(api, ("StartupGate__Timeout", "00:00:03"));
        await EndsAsync(web, "api", "");
    }

    [Fact]
    public async Task Wrong_password_ends_the_Api_long_before_the_time_is_over()
    {
        using var server = await PostgresServer.StartAsync();
        var wrong = new NpgsqlConnectionStringBuilder(server.ConnectionString) { Password = "wrong" }.ConnectionString;
        using var api = await ApiAsync(wrong, ("StartupGate__Timeout", "00:10:00"));
        await EndsAsync(api, "postgres", "user or password rejected");
    }

    [Fact]
    public async Task Stop_signal_ends_the_waiting_and_is_no_failure()
    {
        using var api = new Sample("Api");
        using var web = await WebAsync(api);
        await WaitsAsync(web, "/health");
        Assert.Equal(0, await web.StopAsync());
        Assert.Contains("Startup gate: told to stop after ", web.Process.Output, StringComparison.Ordinal);
        Assert.DoesNotContain(Failed, web.Process.Output, StringComparison.Ordinal);
    }

    private static Task<Sample> ApiAsync(string postgres, params (string Key, string Value)[] settings)
    {
        var api = new Sample("Api") { Settings = { ["ConnectionStrings__Postgres"] = postgres } };
        foreach (var (key, value) in settings)
            api.Settings[key] = value;
        return api.StartAsync();
    }

    private static Task<Sample> WebAsync(Sample api, params (string Key, string Value)[] settings)
    {
        var web = new Sample("Web") { Settings = { ["Backends__api__Address"] = api.Url } };
        foreach (var (key, value) in settings)
            web.Settings[key] = value;
        return web.StartAsync();
    }

    /// <summary>It listens, is worth keeping, and says that it is starting.</summary>
    private static async Task WaitsAsync(Sample sample, string health)
    {
        Assert.False(sample.Process.HasExited, sample.Process.Output);
        Assert.Equal((HttpStatusCode.OK, """{"status":"ok"}"""), await sample.GetAsync(health + "/live"));
        foreach (var path in new[] { "/ready", "/startup" })
            Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"starting","reason":"starting"}"""), await sample.GetAsync(health + path));
        foreach (var path in new[] { "/leaderboard", "/", "/rounds" })
        {
            var (status, body) = await sample.GetAsync(path);
            Assert.Equal((path, HttpStatusCode.ServiceUnavailable), (path, status));
            Assert.Contains("The service is starting.", body, StringComparison.Ordinal);
        }
    }

    private static async Task ServesOnceReadyAsync(Load load, long started)
    {
        var answers = await load.StopAsync();
        var firstServed = answers.TakeWhile(answer => answer.Status == 503).Count();
        Assert.All(answers.Skip(firstServed), answer => Assert.Equal(200, answer.Status));
        Assert.All(answers.Take(100), answer => Assert.Contains(Refusal, answer.Text, StringComparison.Ordinal));
        TestContext.Current.TestOutputHelper?.WriteLine($"{firstServed} refused; served {Stopwatch.GetElapsedTime(started, answers[firstServed].Ended).TotalSeconds:0.000} s after what was missing was started");
    }

    private static async Task EndsAsync(Sample sample, string missing, string reason)
    {
        Assert.Equal(69, await sample.Process.ExitAsync());
        var output = sample.Process.Output;
        Assert.Contains(Failed, output, StringComparison.Ordinal);
        Assert.Contains(sample.Process.Lines, line => line.Contains(missing, StringComparison.Ordinal) && line.Contains("MISSING", StringComparison.Ordinal) && line.Contains(reason, StringComparison.Ordinal));
        Assert.DoesNotContain("   at ", output, StringComparison.Ordinal); // A stack trace.
    }
}

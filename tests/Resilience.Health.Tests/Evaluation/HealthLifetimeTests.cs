using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>The way out of service.</summary>
[Collection(VirtualTime.Name)]
public sealed class HealthLifetimeTests
{
    [Fact]
    public async Task Host_that_knows_only_StartAsync_starts_it_too_and_one_that_knows_both_once()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("db");
        using var host = bench.Builder.Build();
        var lifetime = host.Services.GetServices<IHostedService>().OfType<HealthLifetime>().Single();
        await lifetime.StartAsync(TestContext.Current.CancellationToken);
        await lifetime.StartAsync(TestContext.Current.CancellationToken);
        FakeTime.Settle();
        Assert.Equal((HealthPhase.Running, 1), (host.Services.GetRequiredService<IHealthEvaluator>().Current.Phase, check.Runs));
    }

    [Fact]
    public async Task Stop_signal_turns_readiness_off_at_once_and_the_host_stops_after_the_delay()
    {
        using var bench = new EvaluatorBench(("Health:DrainDelay", "00:00:03"));
        var server = new Server();
        bench.Builder.Services.AddHostedService(_ => server);
        var check = bench.Add("db");
        await bench.StartAsync();
        Assert.True(bench.Current.IsReady);
        bench.Host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();
        Assert.Equal(("draining", false, true), (bench.Current.Word, bench.Current.IsReady, bench.Current.IsLive));

        var stopping = bench.StopAsync();
        bench.Time.AdvanceSeconds(2.99);
        Assert.Equal((false, false), (server.IsStopped, stopping.IsCompleted));
        check.Fails();
        await bench.RefreshAsync(); // Checks go on.
        Assert.Equal((2, true), (check.Runs, bench.Current.IsLive));
        bench.Time.AdvanceSeconds(0.02);
        await stopping;
        Assert.True(server.IsStopped);
        Assert.Single(bench.Log.Lines, line => line == "Information: Draining: readiness says no, and requests are served for another 3 s.");
        Assert.DoesNotContain(bench.Log.Lines, line => line.StartsWith("Warning", StringComparison.Ordinal));
        Assert.Equal(0, bench.Time.Timers);
    }

    [Theory]
    [InlineData(null, null, 0)]
    [InlineData("10.0.0.1", null, 5)]
    [InlineData("", null, 0)]
    [InlineData("10.0.0.1", "00:00:00", 0)]
    [InlineData(null, "00:00:02", 2)]
    public async Task Delay_is_the_given_one_or_five_seconds_in_Kubernetes(string? kubernetes, string? given, double seconds)
    {
        var before = Environment.GetEnvironmentVariable("KUBERNETES_SERVICE_HOST");
        Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", kubernetes);
        try
        {
            using var bench = given is null ? new EvaluatorBench() : new EvaluatorBench(("Health:DrainDelay", given));
            await bench.StartAsync();
            var stopping = bench.StopAsync();
            Assert.Equal(seconds, Math.Round(bench.Time.AdvanceUntil(() => stopping.IsCompleted, TimeSpan.FromMinutes(1)).TotalSeconds, 2));
            await stopping;
        }
        finally
        {
            Environment.SetEnvironmentVariable("KUBERNETES_SERVICE_HOST", before);
        }
    }

    [Fact]
    public async Task Drain_that_the_host_cuts_short_is_logged()
    {
        using var bench = new EvaluatorBench(("Health:DrainDelay", "00:05:00"));
        await bench.StartAsync();
        using var patience = new CancellationTokenSource();
        var stopping = bench.Host.StopAsync(patience.Token);
        FakeTime.Settle();
        Assert.False(stopping.IsCompleted);
        await patience.CancelAsync();
        await stopping.Within().ContinueWith(_ => { }, TestContext.Current.CancellationToken); // What else the host makes of it is the host's.
        Assert.Contains(bench.Log.Lines, line => line.StartsWith("Warning: The drain was cut short by the host's ShutdownTimeout", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Host_that_fails_to_start_leaves_nothing_behind()
    {
        using var bench = new EvaluatorBench();
        bench.Builder.Services.AddHostedService(_ => new Server { Fails = true });
        var check = bench.Add("db");
        await Assert.ThrowsAsync<InvalidOperationException>(() => bench.StartAsync());
        FakeTime.Settle();
        bench.Dispose();
        FakeTime.Settle();
        Assert.Equal(0, bench.Time.Timers);
        var runs = check.Runs;
        bench.Time.AdvanceSeconds(100);
        Assert.Equal(runs, check.Runs);
    }

    [Fact]
    public async Task Host_disposed_without_a_stop_ends_its_loops_and_those_who_wait()
    {
        using var bench = new EvaluatorBench();
        bench.Add("db").IgnoresItsTokenFor(TimeSpan.FromHours(1));
        await bench.StartAsync();
        var evaluator = bench.Evaluator;
        var report = bench.Host.Services.GetRequiredService<Microsoft.Extensions.Diagnostics.HealthChecks.HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        var refresh = evaluator.RefreshAsync(TestContext.Current.CancellationToken);
        bench.Dispose();
        FakeTime.Settle();
        Assert.Equal(1, bench.Time.Timers); // The deaf check's own.
        await refresh.Within();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => report.Within());
        _ = evaluator.Current;
    }

    [Fact]
    public async Task Hosts_one_after_the_other_do_not_know_of_each_other()
    {
        for (var i = 0; i < 3; i++)
        {
            using var bench = new EvaluatorBench();
            var check = bench.Add("db");
            await bench.StartAsync();
            bench.Time.AdvanceSeconds(20);
            Assert.Equal((HealthPhase.Running, true), (bench.Current.Phase, check.Runs is > 1 and < 5));
            await bench.StopAsync();
        }
    }

    private sealed class Server : IHostedService
    {
        public bool IsStopped { get; private set; }

        public bool Fails { get; init; }

        public Task StartAsync(CancellationToken cancellationToken) => Fails ? throw new InvalidOperationException("no port") : Task.CompletedTask;

        public Task StopAsync(CancellationToken cancellationToken)
        {
            IsStopped = true;
            return Task.CompletedTask;
        }
    }
}

using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>What the platform's own endpoints and publishers get.</summary>
[Collection(VirtualTime.Name)]
public sealed class SnapshotHealthCheckServiceTests
{
    [Fact]
    public async Task Reports_are_read_from_snapshots_and_run_nothing()
    {
        using var bench = new EvaluatorBench();
        var data = new Dictionary<string, object> { ["lag"] = 3 };
        var db = bench.Add("db", HealthStatus.Unhealthy, "store");
        db.Is(HealthCheckResult.Healthy("fine", data));
        var cache = bench.Add("cache", HealthStatus.Degraded, "store", "fast");
        cache.Is(HealthCheckResult.Unhealthy("broken", new TimeoutException()));
        bench.Add("mail").Fails();
        await bench.StartAsync();
        var service = bench.Host.Services.GetRequiredService<HealthCheckService>();
        await Parallel.ForAsync(0, 50, TestContext.Current.CancellationToken, async (_, token) => await service.CheckHealthAsync(token));
        var all = await service.CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal((HealthStatus.Unhealthy, 3), (all.Status, all.Entries.Count));
        var entry = all.Entries["DB"];
        Assert.Equal((HealthStatus.Healthy, "fine", 3), (entry.Status, entry.Description, entry.Data["lag"]));
        Assert.Equal(["store"], entry.Tags);
        Assert.IsType<TimeoutException>(all.Entries["cache"].Exception);

        var tagged = await service.CheckHealthAsync(check => check.Tags.Contains("store"), TestContext.Current.CancellationToken);
        Assert.Equal(["cache", "db"], tagged.Entries.Keys.Order());
        Assert.Equal(HealthStatus.Degraded, tagged.Status);
        Assert.Equal(HealthStatus.Healthy, (await service.CheckHealthAsync(_ => false, TestContext.Current.CancellationToken)).Status);
        Assert.Equal((1, 1), (db.Runs, cache.Runs));
    }

    [Fact]
    public async Task Report_of_a_host_that_was_not_started_says_so_instead_of_waiting()
    {
        using var bench = new EvaluatorBench();
        using var host = bench.Builder.Build();
        var error = await Assert.ThrowsAsync<InvalidOperationException>(() => host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken));
        Assert.Contains("has not been started", error.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task First_report_waits_until_every_check_has_run()
    {
        using var bench = new EvaluatorBench();
        bench.Add("slow").IgnoresItsTokenFor(TimeSpan.FromSeconds(2));
        await bench.StartAsync();
        var service = bench.Host.Services.GetRequiredService<HealthCheckService>();
        var report = service.CheckHealthAsync(TestContext.Current.CancellationToken);
        using var impatient = new CancellationTokenSource();
        var other = service.CheckHealthAsync(impatient.Token);
        bench.Time.AdvanceSeconds(1.9);
        Assert.False(report.IsCompleted);
        await impatient.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => other.Within());
        bench.Time.AdvanceSeconds(0.2);
        Assert.Equal(HealthStatus.Healthy, (await report.Within()).Status);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Order_of_registration_does_not_matter(bool evaluatorFirst)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var time = new FakeTime();
        var check = new ScriptedCheck(time);
        if (evaluatorFirst)
            builder.Services.AddHealthEvaluator().AddHealthEvaluator();
        builder.Services.AddHealthChecks().AddCheck("db", check);
        if (!evaluatorFirst)
            builder.Services.AddHealthEvaluator();
        builder.Services.AddHealthChecks().AddCheck("other", () => HealthCheckResult.Healthy());
        builder.Services.AddSingleton<TimeProvider>(time);
        Assert.Single(builder.Services, service => service.ServiceType == typeof(HealthCheckService));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        FakeTime.Settle();
        var report = await host.Services.GetRequiredService<HealthCheckService>().CheckHealthAsync(TestContext.Current.CancellationToken);
        Assert.Equal((2, 1), (report.Entries.Count, check.Runs));
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    [Fact]
    public async Task Publishers_get_whole_reports_and_cause_no_run()
    {
        using var bench = new EvaluatorBench();
        var publisher = new Publisher();
        bench.Builder.Services.AddSingleton<IHealthCheckPublisher>(new BrokenPublisher()).AddSingleton<IHealthCheckPublisher>(publisher);
        bench.Builder.Services.Configure<HealthCheckPublisherOptions>(options => (options.Delay, options.Period) = (TimeSpan.Zero, TimeSpan.FromSeconds(1)));
        var check = bench.Add("plain");
        bench.Checks.Add(new HealthCheckRegistration("hourly", _ => check, null, null) { Period = TimeSpan.FromHours(1) });
        bench.Checks.Add(new HealthCheckRegistration("late", _ => check, null, null) { Delay = TimeSpan.FromHours(1) });
        await bench.StartAsync();
        await Eventually.IsTrueAsync(() => publisher.Reports.Count >= 2, "two reports");
        Assert.All(publisher.Reports, report => Assert.Equal(["hourly", "late", "plain"], report.Entries.Keys.Order()));
        Assert.Equal(3, check.Runs);
        await bench.StopAsync();
    }

    [Fact]
    public async Task Registration_with_a_period_keeps_it_for_the_next_host()
    {
        var registration = new HealthCheckRegistration("sparse", _ => new ScriptedCheck(new FakeTime()), null, ["tag"], TimeSpan.FromSeconds(1)) { Period = TimeSpan.FromMinutes(5) };
        for (var i = 0; i < 2; i++)
        {
            using var bench = new EvaluatorBench();
            bench.Checks.Add(registration);
            await bench.StartAsync();
            bench.Time.AdvanceSeconds(200);
            Assert.Equal(1, bench.Current["sparse"]?.Runs);
            bench.Time.AdvanceSeconds(140);
            Assert.Equal(2, bench.Current["sparse"]?.Runs);
            Assert.Contains("tag", bench.Current["sparse"]?.Tags ?? new HashSet<string>());
        }
    }

    private sealed class Publisher : IHealthCheckPublisher
    {
        public ConcurrentQueue<HealthReport> Reports { get; } = [];

        public Task PublishAsync(HealthReport report, CancellationToken cancellationToken)
        {
            Reports.Enqueue(report);
            return Task.CompletedTask;
        }
    }

    private sealed class BrokenPublisher : IHealthCheckPublisher
    {
        public Task PublishAsync(HealthReport report, CancellationToken cancellationToken) => throw new InvalidOperationException("no sink");
    }
}

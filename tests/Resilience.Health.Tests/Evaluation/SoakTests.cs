using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

/// <summary>Many checks for long: nothing grows.</summary>
[Collection(VirtualTime.Name)]
public sealed class SoakTests
{
    [Theory]
    [InlineData(200, 40)]
    [InlineData(1_000, 8)]
    public async Task Memory_and_timers_stay_as_they_are(int count, int minutes)
    {
        using var bench = new EvaluatorBench(("Health:MaxConcurrent", "64"));
        for (var i = 0; i < count; i++)
        {
            var check = new CountingCheck(bench.Time, i);
            bench.Checks.Add(new HealthCheckRegistration($"check{i}", _ => check, null, null));
        }

        await bench.StartAsync();
        bench.Time.Advance(TimeSpan.FromMinutes(minutes / 2.0));
        var (memory, timers) = (GC.GetTotalMemory(forceFullCollection: true), bench.Time.Timers);
        bench.Time.Advance(TimeSpan.FromMinutes(minutes / 2.0));
        var growth = GC.GetTotalMemory(forceFullCollection: true) - memory;
        Assert.InRange(growth, long.MinValue, count * 400 + 500_000); // The kept history still fills, with some checks.
        Assert.InRange(timers, count * 0.8, count * 1.05 + 10);
        Assert.InRange(bench.Time.Timers, count * 0.8, count * 1.05 + 10);
        Assert.All(bench.Current.Checks, check => Assert.True(check.IsKnown, check.Name));
        await bench.StopAsync();
    }

    [Fact]
    public async Task Runs_given_up_are_not_kept()
    {
        using var bench = new EvaluatorBench();
        var check = bench.Add("late");
        var tokens = new List<WeakReference>();
        check.Answer = async token =>
        {
            var held = new byte[10_000];
            tokens.Add(new WeakReference(held));
            await using var registration = token.Register(() => GC.KeepAlive(held));
            await bench.Time.Delay(TimeSpan.FromSeconds(6), CancellationToken.None);
            return HealthCheckResult.Healthy();
        };
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(600);
        Assert.True(tokens.Count > 50);
        GC.Collect();
        GC.WaitForPendingFinalizers();
        GC.Collect();
        Assert.InRange(tokens.Count(token => token.IsAlive), 0, 5);
        Assert.InRange(bench.Time.Timers, 0, 5);
    }

    [Fact]
    public async Task Ten_thousand_reads_a_second_run_nothing()
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        var runs = 0;
        for (var i = 0; i < 200; i++)
        {
            builder.Services.AddHealthChecks().AddCheck($"check{i}", () =>
            {
                Interlocked.Increment(ref runs);
                return HealthCheckResult.Healthy();
            });
        }

        builder.Services.AddHealthEvaluator(health => (health.Period, health.FailingPeriod) = (TimeSpan.FromMinutes(10), TimeSpan.FromMinutes(10)));
        using var host = builder.Build();
        await host.StartAsync(TestContext.Current.CancellationToken);
        var evaluator = host.Services.GetRequiredService<IHealthEvaluator>();
        await Eventually.IsTrueAsync(() => evaluator.Current.IsReady, "all have run");
        var from = GC.GetAllocatedBytesForCurrentThread();
        var watch = Stopwatch.StartNew();
        for (var i = 0; i < 20_000; i++)
        {
            _ = evaluator.Current;
            _ = await evaluator.ReadAsync(TestContext.Current.CancellationToken);
        }

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - from, 0, 20_000);
        Assert.Equal(200, runs);
        Assert.InRange(watch.Elapsed.TotalSeconds, 0, 20);
        await host.StopAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Some are well, some slow, some fail now and then, some hang.</summary>
    private sealed class CountingCheck(FakeTime time, int number) : IHealthCheck
    {
        private int _runs;

        public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
        {
            _runs++;
            if (number % 10 == 0)
                await time.Delay(TimeSpan.FromMilliseconds(10), cancellationToken);
            if (number % 50 == 1)
                await time.Delay(TimeSpan.FromSeconds(7), CancellationToken.None);
            return number % 20 == 3 && _runs % 7 < 3 ? throw new TimeoutException() : HealthCheckResult.Healthy();
        }
    }
}

using BenchmarkDotNet.Attributes;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Resilience.Health;

namespace Resilience.Benchmarks;

/// <summary>The evaluator of health checks that do nothing, by their number.</summary>
public class EvaluatorBenchmarks
{
    private IHost? _host;
    private IHealthEvaluator? _evaluator;

    [Params(1, 10, 100, 1_000)]
    public int Checks { get; set; }

    [GlobalSetup]
    public async Task StartAsync()
    {
        _host = CheckCosts.Host(Checks, hasGate: false);
        await _host.StartAsync();
        _evaluator = _host.Services.GetRequiredService<IHealthEvaluator>();
    }

    [Benchmark]
    public object? ReadSnapshot() => _evaluator?.Current;

    [Benchmark]
    public Task<HealthSnapshot>? RunAllOnce() => _evaluator?.RefreshAsync();

    [GlobalCleanup]
    public Task StopAsync() => _host?.StopAsync() ?? Task.CompletedTask;
}

/// <summary>A host's start, held by a gate that waits for checks which are all well.</summary>
public class GateBenchmarks
{
    [Params(1, 10, 100, 1_000)]
    public int Checks { get; set; }

    [Benchmark]
    public async Task StartAndStop()
    {
        using var host = CheckCosts.Host(Checks, hasGate: true);
        await host.StartAsync();
        await host.StopAsync();
    }
}

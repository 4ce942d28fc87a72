using BenchmarkDotNet.Attributes;

namespace Resilience.Benchmarks;

/// <summary>A call that is repeated once, over a stub that answers on another thread.</summary>
public class RetryBenchmarks
{
    private readonly IReadOnlyList<Subject> _subjects = Situations.OneRetry(isAsynchronous: true);

    [Benchmark(Baseline = true)]
    public Task TwoBareCalls() => _subjects[0].RunAsync(1);

    [Benchmark]
    public Task Resilience() => _subjects[1].RunAsync(1);

    [Benchmark]
    public Task Floor() => _subjects[2].RunAsync(1);

    [Benchmark]
    public Task PollyFull() => _subjects[3].RunAsync(1);
}

/// <summary>A call that is refused because the backend is down: an exception each.</summary>
public class RefusalBenchmarks
{
    private IReadOnlyList<Subject> _subjects = [];

    [GlobalSetup]
    public async Task OpenAsync() => _subjects = await Situations.RefusedAsync();

    [Benchmark(Baseline = true)]
    public Task Bare() => _subjects[0].RunAsync(1);

    [Benchmark]
    public Task Resilience() => _subjects[1].RunAsync(1);

    [Benchmark]
    public Task Floor() => _subjects[2].RunAsync(1);

    [Benchmark]
    public Task PollyCircuitOpen() => _subjects[3].RunAsync(1);
}

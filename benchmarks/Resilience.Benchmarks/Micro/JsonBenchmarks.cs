using BenchmarkDotNet.Attributes;

namespace Resilience.Benchmarks;

/// <summary>JSON of three items, over a stub.</summary>
public class JsonBenchmarks
{
    private IReadOnlyList<Subject> _subjects = [];

    /// <summary>Whether the stub answers on another thread, or has answered on return.</summary>
    [Params(false, true)]
    public bool IsAsynchronous { get; set; }

    [GlobalSetup]
    public void Connect() => _subjects = Situations.Json(IsAsynchronous);

    [Benchmark(Baseline = true)]
    public Task GetFromJson() => _subjects[0].RunAsync(1);

    [Benchmark]
    public Task BackendClientGet() => _subjects[1].RunAsync(1);
}

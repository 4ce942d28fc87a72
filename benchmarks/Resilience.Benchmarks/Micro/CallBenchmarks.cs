using BenchmarkDotNet.Attributes;

namespace Resilience.Benchmarks;

/// <summary>A call that succeeds, over a stub. BenchmarkDotNet measures one after the other: for ratios on a busy machine, see <see cref="Ratios"/>.</summary>
public class CallBenchmarks : IDisposable
{
    private Connected[] _clients = [];

    /// <summary>Whether the stub answers on another thread, or has answered on return.</summary>
    [Params(false, true)]
    public bool IsAsynchronous { get; set; }

    [GlobalSetup]
    public void Connect() => _clients = [.. Contender.All.Select(contender => contender.Connect(() => new Stub(IsAsynchronous, Stub.Ok)))];

    [Benchmark(Baseline = true)]
    public Task Bare() => Calls.GetAsync(_clients[0].Http, 1);

    [Benchmark]
    public Task BareWithLoggers() => Calls.GetAsync(_clients[1].Http, 1);

    [Benchmark]
    public Task Resilience() => Calls.GetAsync(_clients[2].Http, 1);

    [Benchmark]
    public Task Floor() => Calls.GetAsync(_clients[3].Http, 1);

    [Benchmark]
    public Task FloorWithDeadline() => Calls.GetAsync(_clients[4].Http, 1);

    [Benchmark]
    public Task PollyRetry() => Calls.GetAsync(_clients[5].Http, 1);

    [Benchmark]
    public Task PollyFull() => Calls.GetAsync(_clients[6].Http, 1);

    [GlobalCleanup]
    public void Dispose()
    {
        Array.ForEach(_clients, client => client.Dispose());
        GC.SuppressFinalize(this);
    }
}

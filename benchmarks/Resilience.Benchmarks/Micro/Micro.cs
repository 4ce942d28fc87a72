using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Resilience.Benchmarks;

/// <summary>BenchmarkDotNet, in this process: it then builds nothing, and measures with this program's garbage collector.</summary>
internal static class Micro
{
    public static void Run(string[] args) => BenchmarkSwitcher.FromAssembly(typeof(Micro).Assembly).Run(
        args.Length > 0 ? args : ["--filter", "*"],
        DefaultConfig.Instance.WithArtifactsPath(Path.Combine("artifacts", "benchmarks")).AddJob(Job.Default.WithToolchain(InProcessEmitToolchain.Instance)).AddDiagnoser(MemoryDiagnoser.Default));
}

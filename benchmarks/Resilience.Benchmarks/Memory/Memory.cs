namespace Resilience.Benchmarks;

/// <summary>What is held, as opposed to what passes.</summary>
internal static class Memory
{
    public static async Task RunAsync(Report report, RunOptions options)
    {
        await WaitingCalls.RunAsync(report, options);
        await ManyBackends.RunAsync(report, options);
    }
}

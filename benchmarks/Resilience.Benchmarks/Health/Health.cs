namespace Resilience.Benchmarks;

/// <summary>What health costs who is asked, and who asks.</summary>
internal static class Health
{
    public static async Task RunAsync(Report report, RunOptions options)
    {
        await HealthThroughput.RunAsync(report, options);
        await CheckCosts.RunAsync(report, options);
    }
}

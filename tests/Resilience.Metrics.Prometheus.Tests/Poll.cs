namespace Resilience.Metrics.Prometheus.Tests;

internal static class Poll
{
    public static async Task UntilAsync(Func<Task<bool>> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(50));
        using var limit = new CancellationTokenSource(TimeSpan.FromSeconds(60));
        while (!await condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException("Not within a minute: " + what);
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }
}

namespace Resilience.TestKit;

/// <summary>Waiting for what must come. The limit is for tests that hang; none is decided by it.</summary>
public static class Eventually
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    public static async Task IsTrueAsync(Func<bool> condition, string what)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(5));
        using var limit = new CancellationTokenSource(Limit);
        while (!condition())
        {
            if (limit.IsCancellationRequested)
                throw new TimeoutException($"Not within {Limit.TotalSeconds} s: {what}.");
            await timer.WaitForNextTickAsync(CancellationToken.None);
        }
    }

    public static Task Within(this Task task) => task.WaitAsync(Limit);

    public static Task<T> Within<T>(this Task<T> task) => task.WaitAsync(Limit);
}

namespace Resilience.Health;

/// <summary>Keeps the heartbeat file saying whether this process is ready, for as long as it moves.</summary>
internal sealed class HeartbeatKeeper(IHealthEvaluator evaluator, TimeProvider time, HealthLog log)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1), Rewrite = TimeSpan.FromSeconds(5), ValidFor = TimeSpan.FromSeconds(20);

    public async Task RunAsync(string? path, CancellationToken stopping)
    {
        if (path is null)
            return;
        string? word = null, error = null;
        long? written = null;
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
            {
                var now = evaluator.Current;
                if (now.IsLive && word == now.Word && written is { } at && time.GetElapsedTime(at) < Rewrite)
                    continue;
                word = now.IsLive ? now.Word : now.LiveError ?? CheckErrors.Stalled;
                written = time.GetTimestamp();
                var failed = HeartbeatFile.Write(path, now.IsLive && now.IsReady, word, ValidFor);
                if (failed is not null && failed != error)
                    log.FileFailed(failed);
                error = failed;
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            HeartbeatFile.Remove(path);
        }
    }
}

namespace Resilience.Health;

/// <summary>Keeps the heartbeat file saying whether this process is ready, for as long as it moves.</summary>
internal sealed class HeartbeatKeeper(IHealthEvaluator evaluator, TimeProvider time, HealthLog log)
{
    private static readonly TimeSpan Look = TimeSpan.FromSeconds(1), Rewrite = TimeSpan.FromSeconds(5), ValidFor = TimeSpan.FromSeconds(20);

    private string? _error;

    public async Task RunAsync(string? path, CancellationToken stopping)
    {
        if (path is null)
            return;
        string? written = null;
        long writtenAt = 0;
        var reading = Task.CompletedTask;
        using var timer = new PeriodicTimer(Look, time);
        try
        {
            do
            {
                // On demand nobody else may ever ask. Not waited for: while a check hangs, the file is written on.
                if (reading.IsCompleted)
                    reading = ReadAsync(stopping);
                var now = evaluator.Current;
                var word = now.LiveError ?? now.Word;
                if (word == written && time.GetElapsedTime(writtenAt) < Rewrite)
                    continue;
                (written, writtenAt) = (word, time.GetTimestamp());
                Log(HeartbeatFile.Write(path, now.IsLive && now.IsReady, word, ValidFor));
            }
            while (await timer.WaitForNextTickAsync(stopping).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            Log(HeartbeatFile.Remove(path));
        }
    }

    private async Task ReadAsync(CancellationToken stopping)
    {
        Task read = evaluator.ReadAsync(stopping).AsTask();
        await read.ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing); // At its end, it throws.
    }

    // Once for each way to fail, not every few seconds.
    private void Log(string? error)
    {
        if (error is not null && error != _error)
            log.FileFailed(error);
        _error = error;
    }
}

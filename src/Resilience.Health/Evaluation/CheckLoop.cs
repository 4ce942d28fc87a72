namespace Resilience.Health;

/// <summary>Runs one check again and again, and says what its snapshot is after each run. Its state is written by its own loop alone.</summary>
internal sealed class CheckLoop(
    HealthCheckRegistration registration, CheckSettings settings, CheckRunner runner, TimeProvider time, HealthLog log, Action changed)
{
    private const int HistoryKept = 50;

    private readonly Hysteresis _hysteresis = new(settings.FailureThreshold, settings.SuccessThreshold);
    private readonly Lock _lock = new();
    private TaskCompletionSource<bool> _wanted = NewSource(); // Somebody wants a run now.
    private TaskCompletionSource<bool> _ended = NewSource(); // The next run to end.
    private bool _running = true; // The first run is on its way from the start.
    private long? _badSince;
    private string _healthyWord = settings.HealthyText ?? HealthSnapshot.WordOf(HealthStatus.Healthy);

    public CheckSettings Settings => settings;

    public CheckSnapshot Snapshot { get; private set; } = new()
    {
        Name = registration.Name,
        Tags = registration.Tags.ToHashSet(StringComparer.OrdinalIgnoreCase),
        IsCritical = settings.IsCritical,
        Status = settings.IsCritical ? HealthStatus.Unhealthy : HealthStatus.Degraded,
        Error = CheckErrors.NotRun,
        Since = time.GetUtcNow(),
    };

    /// <param name="onlyWhenAsked">Whether it rests until somebody asks, once it has run.</param>
    /// <param name="stopping">Ends it, and nothing else does.</param>
    public async Task RunAsync(bool onlyWhenAsked, CancellationToken stopping)
    {
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Keep(await runner.RunAsync(stopping).ConfigureAwait(false));
                var badFor = _badSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
                await RestAsync(onlyWhenAsked ? Timeout.InfiniteTimeSpan : Cadence.Next(settings, _hysteresis, badFor, Random.Shared.NextDouble()), stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
            }
            catch (Exception e) // A fault of ours: the loop goes on all the same.
            {
                log.LoopFailed(registration.Name, e);
                await Task.Delay(settings.FailingPeriod, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Has it run now, or joins the run under way. Ends at once if its last run is no older than allowed.</summary>
    public Task RefreshAsync(TimeSpan maxAge)
    {
        lock (_lock)
        {
            if (!_running)
            {
                if (time.GetElapsedTime(Snapshot.CheckedTimestamp) < maxAge)
                    return Task.CompletedTask;
                _wanted.TrySetResult(true);
            }

            return _ended.Task;
        }
    }

    private async Task RestAsync(TimeSpan period, CancellationToken stopping)
    {
        Task wanted;
        lock (_lock)
            wanted = _wanted.Task;
        using var resting = CancellationTokenSource.CreateLinkedTokenSource(stopping);
        await Task.WhenAny(wanted, Task.Delay(period, time, resting.Token)).ConfigureAwait(false);
        await resting.CancelAsync().ConfigureAwait(false);
        lock (_lock)
        {
            _running = true;
            if (_wanted.Task.IsCompleted)
                _wanted = NewSource();
        }
    }

    private void Keep(RunResult run)
    {
        // What is optional never makes the service more than degraded.
        var status = settings.IsCritical || run.Status != HealthStatus.Unhealthy ? run.Status : HealthStatus.Degraded;
        var (before, now) = (Snapshot, time.GetUtcNow());
        _hysteresis.Add(status, CheckErrors.IsDefinitive(run.Error));
        var state = _hysteresis.State;
        var isChange = !before.IsKnown || before.Status != state;
        _badSince = state == HealthStatus.Healthy ? null : _badSince ?? time.GetTimestamp();
        if (settings.HealthyText is null && run.Status == HealthStatus.Healthy)
            _healthyWord = run.Description is { } word && IsWord(word) ? word : HealthSnapshot.WordOf(HealthStatus.Healthy);

        var snapshot = before with
        {
            Status = state,
            RawStatus = run.Status,
            IsKnown = true,
            Error = run.Error ?? (state == HealthStatus.Healthy ? null : before.Error),
            Word = state == HealthStatus.Healthy ? _healthyWord : HealthSnapshot.WordOf(state),
            Description = run.Description,
            Exception = run.Exception,
            Data = run.Data,
            RawData = run.RawData,
            Latency = run.Latency,
            CheckedAt = now,
            CheckedTimestamp = time.GetTimestamp(),
            Since = isChange ? now : before.Since,
            Runs = before.Runs + 1,
            Failures = _hysteresis.Failures,
            HasBeenHealthy = _hysteresis.HasBeenHealthy,
            History = isChange ? [.. before.History.TakeLast(HistoryKept - 1), new CheckChange(now, state, run.Error)] : before.History,
        };

        TaskCompletionSource<bool> ended;
        lock (_lock)
        {
            Snapshot = snapshot;
            (ended, _ended, _running) = (_ended, NewSource(), false);
        }

        changed();
        ended.SetResult(true);
        if (isChange)
            log.Changed(before, snapshot, now - before.Since);
    }

    public static bool IsWord(string text) => text.Length is > 0 and <= 40 && text.All(letter => letter is >= 'a' and <= 'z' or '_');

    private static TaskCompletionSource<bool> NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

namespace Resilience.Health;

/// <summary>Runs one check again and again, and keeps what it says. The lock orders its own loop, those who want it to run, and whoever finds it too old.</summary>
internal sealed class CheckLoop(
    HealthCheckRegistration registration, CheckSettings settings, CheckRunner runner, StartPace pace, TimeProvider time, HealthLog log, HealthMetrics metrics, Action changed)
{
    private const int HistoryKept = 50;

    private readonly Hysteresis _hysteresis = new(settings.FailureThreshold, settings.SuccessThreshold);
    private readonly ErrorCodes _codes = new();
    private readonly Lock _lock = new();
    private TaskCompletionSource _wanted = NewSource(); // Somebody wants a run now.
    private TaskCompletionSource _ended = NewSource(); // The next run to end.
    private bool _running = true; // The first run is on its way from the start.
    private long? _badSince;
    private string _healthyWord = settings.HealthyText ?? HealthSnapshot.WordOf(HealthStatus.Healthy);

    public CheckSettings Settings => settings;

    public bool IsPostponed => pace.IsPostponed;

    public CheckSnapshot Snapshot { get; private set; } = new()
    {
        Name = registration.Name,
        Tags = registration.Tags.ToHashSet(StringComparer.OrdinalIgnoreCase),
        IsCritical = settings.IsCritical,
        Status = Unknown(settings),
        Error = CheckErrors.NotRun,
        Since = time.GetUtcNow(),
    };

    /// <param name="onlyWhenAsked">Whether it rests until somebody asks, once it has run.</param>
    /// <param name="stopping">Ends it, and nothing else does.</param>
    public async Task RunAsync(bool onlyWhenAsked, CancellationToken stopping)
    {
        pace.Drive(Want);
        await pace.BeginAsync(stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        while (!stopping.IsCancellationRequested)
        {
            try
            {
                Keep(await runner.RunAsync(Cadence.Timeout(settings, pace.Waited), pace.IsAwaited, stopping).ConfigureAwait(false));
                await RestAsync(Rest(onlyWhenAsked, Random.Shared.NextDouble()), stopping).ConfigureAwait(false);
            }
            catch (OperationCanceledException) when (stopping.IsCancellationRequested)
            {
            }
            catch (Exception e) // A fault of ours, or of the clock: the loop goes on all the same.
            {
                log.LoopFailed(registration.Name, e);
                await Task.Delay(settings.FailingPeriod, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            }
        }
    }

    /// <summary>Has it run now, or joins the run under way. Ends at once if its last run is no older than allowed.</summary>
    public Task RefreshAsync(TimeSpan maxAge)
    {
        if (pace.IsPostponed) // It is on its way to nothing, and whoever asks must have an answer.
            return Task.CompletedTask;
        lock (_lock)
        {
            if (!_running)
            {
                if (time.GetElapsedTime(Snapshot.CheckedTimestamp) < maxAge)
                    return Task.CompletedTask;
                _wanted.TrySetResult();
            }

            return _ended.Task;
        }
    }

    private void Want()
    {
        lock (_lock)
            _wanted.TrySetResult();
    }

    private TimeSpan Rest(bool onlyWhenAsked, double random) =>
        pace.Waited is { } waited ? Cadence.Awaited(settings, Snapshot.RawStatus, waited, random)
        : onlyWhenAsked ? Timeout.InfiniteTimeSpan
        : Cadence.Next(settings, _hysteresis, BadFor(), random);

    /// <summary>What it said last is too old by now: nobody knows how it is.</summary>
    /// <param name="old">What was found too old; if there is something newer, that stays.</param>
    /// <returns>What it is then, or null if it did not become unknown by this.</returns>
    public CheckSnapshot? Expire(CheckSnapshot old)
    {
        lock (_lock)
        {
            if (Snapshot != (object)old)
                return null;
            var now = time.GetUtcNow();
            var status = Unknown(settings);
            _badSince ??= time.GetTimestamp();
            return Snapshot = old with
            {
                Status = status,
                IsKnown = false,
                Error = CheckErrors.Stale,
                Word = HealthSnapshot.Unknown,
                Since = now,
                History = Append(old.History, new(now, status, CheckErrors.Stale)),
            };
        }
    }

    private async Task RestAsync(TimeSpan period, CancellationToken stopping)
    {
        Task wanted;
        lock (_lock)
            wanted = _wanted.Task;
        await wanted.WaitAsync(period, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        lock (_lock)
        {
            _running = true;
            if (_wanted.Task.IsCompleted)
                _wanted = NewSource();
        }
    }

    private void Keep(RunResult run)
    {
        var isAwaited = pace.IsAwaited; // Before anybody hears of it, and needs to wait no longer.
        // What is optional never makes the service more than degraded.
        var status = settings.IsCritical || run.Status != HealthStatus.Unhealthy ? run.Status : HealthStatus.Degraded;
        _hysteresis.Add(status, CheckErrors.IsDefinitive(run.Error));
        var (state, badFor, now) = (_hysteresis.State, BadFor(), time.GetUtcNow());
        if (settings.HealthyText is null && run.Status == HealthStatus.Healthy)
            _healthyWord = run.Description is { } word && IsWord(word) ? word : HealthSnapshot.WordOf(HealthStatus.Healthy);

        CheckSnapshot before, snapshot;
        bool isChange;
        TaskCompletionSource ended;
        lock (_lock)
        {
            before = Snapshot;
            _badSince = state == HealthStatus.Healthy ? null : _badSince ?? time.GetTimestamp();
            isChange = !before.IsKnown || before.Status != state;
            Snapshot = snapshot = before with
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
                HasWorked = before.HasWorked || run.Status != HealthStatus.Unhealthy,
                History = isChange ? Append(before.History, new(now, state, run.Error)) : before.History,
            };
            (ended, _ended, _running) = (_ended, NewSource(), false);
        }

        metrics.Ran(registration.Name, run, _codes, before, snapshot); // Before anybody sees it: who does finds it counted.
        try
        {
            changed();
        }
        finally
        {
            ended.SetResult();
        }

        if (isChange && !isAwaited) // Who waits for it says how it is.
            log.Changed(before, snapshot, badFor);
    }

    private TimeSpan BadFor()
    {
        lock (_lock)
            return _badSince is { } since ? time.GetElapsedTime(since) : TimeSpan.Zero;
    }

    public static bool IsWord(string text) => text.Length is > 0 and <= 40 && text.All(letter => letter is >= 'a' and <= 'z' or '_');

    private static CheckChange[] Append(IReadOnlyList<CheckChange> history, CheckChange change) => [.. history.TakeLast(HistoryKept - 1), change];

    private static HealthStatus Unknown(CheckSettings settings) => settings.IsCritical ? HealthStatus.Unhealthy : HealthStatus.Degraded;

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

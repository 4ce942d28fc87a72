using System.Collections.Concurrent;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>Has every check run in a loop of its own, from the host's start to its end.</summary>
internal sealed class HealthEvaluator(
    IOptions<HealthCheckServiceOptions> registered, RegisteredPeriods periods, IOptions<HealthOptions> options, IEnumerable<CheckFault> checkFaults,
    IServiceScopeFactory scopes, HealthLog log, HealthMetrics metrics, TimeProvider time) : IHealthEvaluator, IDisposable
{
    private static readonly TimeSpan Beat = TimeSpan.FromSeconds(1);

    private readonly SnapshotBoard _board = new(time, log, metrics);
    private readonly List<Func<IEnumerable<string>>> _findFaults = [];
    private readonly ConcurrentDictionary<string, StartPace> _paces = new(StringComparer.OrdinalIgnoreCase); // Also for names that turn out to be none.
    private readonly CancellationTokenSource _stopping = new();
    private readonly TaskCompletionSource _stopped = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private IReadOnlyList<HealthCheckRegistration> _checks = [];
    private IReadOnlyList<CheckLoop> _loops = [];
    private Task? _running; // Null before the start.

    public HealthSnapshot Current => _board.Current;

    public ProcessUsage Usage => Meter.Usage;

    public IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; private set; } = new Dictionary<string, IReadOnlyList<string>>();

    public TimeProvider Time => time;

    /// <summary>Whether it runs no longer, so that what it says is history.</summary>
    public bool HasEnded => _stopping.IsCancellationRequested;

    public Milestones Milestones => _board.Milestones;

    public UsageMeter Meter { get; } = new(time);

    public void ValidateAtStart(Func<IEnumerable<string>> findFaults)
    {
        if (_running is null)
            _findFaults.Add(findFaults);
        else
            Refuse([.. findFaults()]); // Some hosts map endpoints while they start, after us.
    }

    /// <summary>Refuses faulty options and checks, all in one message; then starts the loops.</summary>
    public async Task StartAsync()
    {
        var all = options.Value;
        var set = new CheckSet([.. registered.Value.Registrations], all);
        try
        {
            await ValidateAsync(set, all).ConfigureAwait(false);
        }
        catch
        {
            _board.Refuse();
            throw;
        }

        Groups = set.Groups();
        _checks = set.Checks;
        var slots = new SemaphoreSlim(all.MaxConcurrent);
        var threads = new SemaphoreSlim(all.MaxConcurrent);
        _loops = [.. _checks.Select(check =>
        {
            var settings = CheckSettings.Of(check, periods.Of(check), all);
            return new CheckLoop(check, settings, new(check, scopes, IsLive(check) ? null : slots, IsLive(check) ? null : threads, time), PaceOf(check.Name), time, log, metrics, _board.Notice);
        })];

        var onDemand = all.Mode == EvaluationMode.OnDemand;
        _board.Start(_loops, expires: !onDemand);
        metrics.Show(this);
        // What the start carries along, such as its trace, is not the runs' for ever.
        using (ExecutionContext.SuppressFlow())
        {
            _running = Task.WhenAll([
                Task.Run(BeatAsync),
                Task.Run(() => new HeartbeatKeeper(this, time, log).RunAsync(all.HeartbeatFile, _stopping.Token)),
                .. _loops.Select(loop => Task.Run(() => loop.RunAsync(onDemand, _stopping.Token))),
            ]);
        }
    }

    public async Task StopAsync(CancellationToken cancellationToken)
    {
        Dispose();
        if (_running is not null)
            await _running.WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    public void BeginDrain() => _board.BeginDrain();

    public Task<HealthSnapshot> WaitForChangeAsync(HealthSnapshot known, CancellationToken cancellationToken = default) => _board.WaitForChangeAsync(known, cancellationToken);

    public StartHold HoldStart()
    {
        _board.Hold();
        return new(this);
    }

    /// <summary>How a check is run while the service starts.</summary>
    public StartPace PaceOf(string check) => _paces.GetOrAdd(check, _ => new(time));

    /// <summary>The end of a hold.</summary>
    public void Release()
    {
        if (!_board.Release())
            return;
        foreach (var pace in _paces.Values)
            pace.Release();
    }

    public async Task<HealthSnapshot> RefreshAsync(CancellationToken cancellationToken = default)
    {
        await RefreshAsync(_ => options.Value.MinRefreshInterval, cancellationToken).ConfigureAwait(false);
        return Current;
    }

    public ValueTask<HealthSnapshot> ReadAsync(CancellationToken cancellationToken = default) =>
        options.Value.Mode == EvaluationMode.Background ? new(Current) : RefreshOldAsync(cancellationToken);

    /// <summary>What the checks that a predicate picks say, in the platform's form, once every one has run.</summary>
    public async Task<HealthReport> ReportAsync(Func<HealthCheckRegistration, bool>? predicate, CancellationToken cancellationToken)
    {
        if (_running is null)
            throw new InvalidOperationException("The health checks' evaluator runs with the host, which has not been started.");
        await _board.Evaluated.WaitAsync(cancellationToken).ConfigureAwait(false);
        var snapshot = await ReadAsync(cancellationToken).ConfigureAwait(false);
        var entries = new Dictionary<string, HealthReportEntry>(StringComparer.OrdinalIgnoreCase);
        var longest = TimeSpan.Zero;
        foreach (var check in _checks.Where(check => predicate?.Invoke(check) != false))
        {
            if (snapshot[check.Name] is not { } said)
                continue;
            entries[said.Name] = new(said.Status, said.IsKnown ? said.Description : said.Error, said.Latency, said.Exception, said.RawData, check.Tags);
            longest = said.Latency > longest ? said.Latency : longest;
        }

        return new(entries, longest);
    }

    /// <summary>Ends the loops, and the waiting of all who wait for them; for hosts that are disposed without having been stopped, too.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _board.Stop();
        _stopped.TrySetResult();
    }

    private async Task ValidateAsync(CheckSet set, HealthOptions all)
    {
        List<string> faults = [
            .. checkFaults.Where(fault => fault.Text is not null).Select(fault => $"Check '{fault.Check}': {fault.Text}"), .. OptionsFaults.Of(all), .. set.Checks.SelectMany(check => OptionsFaults.Of(check, periods.Of(check), all)), .. _findFaults.SelectMany(find => find())];
        List<string> setFaults = [.. set.Faults(), .. await LivenessFaults.FindAsync(set.Checks, all, scopes, time).ConfigureAwait(false)];
        if (!all.WarnOnly)
            faults.AddRange(setFaults);
        Refuse(faults);
        setFaults.ForEach(log.Fault);
    }

    private static bool IsLive(HealthCheckRegistration check) => check.Tags.Contains(CheckTags.Live, StringComparer.OrdinalIgnoreCase);

    private static void Refuse(List<string> faults)
    {
        if (faults.Count > 0)
        {
            throw new OptionsValidationException("Health", typeof(HealthOptions),
                [$"Health checks cannot be used as configured:{string.Concat(faults.Select(fault => "\n  - " + fault))}"]);
        }
    }

    private async ValueTask<HealthSnapshot> RefreshOldAsync(CancellationToken cancellationToken)
    {
        await RefreshAsync(loop => loop.Snapshot.Status == HealthStatus.Healthy ? loop.Settings.Period : loop.Settings.FailingPeriod, cancellationToken).ConfigureAwait(false);
        return Current;
    }

    private Task<Task> RefreshAsync(Func<CheckLoop, TimeSpan> maxAge, CancellationToken cancellationToken) =>
        Task.WhenAny(Task.WhenAll(_loops.Select(loop => loop.RefreshAsync(maxAge(loop)))), _stopped.Task).WaitAsync(cancellationToken);

    private async Task BeatAsync()
    {
        using var timer = new PeriodicTimer(Beat, time);
        try
        {
            do
            {
                _board.Beat();
                _board.CatchUp();
                Meter.Sample();
            }
            while (await timer.WaitForNextTickAsync(_stopping.Token).ConfigureAwait(false));
        }
        catch (OperationCanceledException)
        {
            // The host stops.
        }
    }
}

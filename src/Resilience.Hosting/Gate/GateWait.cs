namespace Resilience.Hosting;

/// <summary>One wait, from its beginning to its end: looks whenever a check has run and whenever a time is over, and says what <see cref="GatePlan"/> makes of it.</summary>
internal sealed class GateWait(IHealthEvaluator evaluator, StartHold hold, GatePlan plan, StartupGateOptions options, GateLog log, TimeProvider time)
{
    // What is less is nothing to a timer: waiting so long for a deadline would be spinning.
    private static readonly TimeSpan ShortestWait = TimeSpan.FromMilliseconds(1);

    private readonly long _startedAt = time.GetTimestamp();
    private volatile GateView _view = plan.View;

    public GateView View => _view;

    public TimeSpan Elapsed => time.GetElapsedTime(_startedAt);

    /// <returns>False if the evaluator could not start, which is for it to say.</returns>
    /// <exception cref="StartupGateException">The gate does not open.</exception>
    public async Task<bool> RunAsync(CancellationToken stopping)
    {
        if (_view.Verdict == GateVerdict.Open)
        {
            log.NothingToWaitFor();
            return true;
        }

        if (await FirstSnapshotAsync(stopping).ConfigureAwait(false) is not { } snapshot)
            return false;
        plan.Begin(snapshot);
        _view = plan.View;
        log.Waiting(_view, options);
        hold.Await(plan.Begun);
        var nextReport = options.ReportPeriod;
        Task<HealthSnapshot>? change = null;
        while (true)
        {
            var now = Elapsed;
            Look(snapshot, now);
            if (_view.Verdict == GateVerdict.Open)
            {
                log.Open(_view, now);
                return true;
            }

            if (_view.Verdict == GateVerdict.Failed)
                throw Failure(_view);
            if (now >= nextReport)
            {
                log.StillWaiting(_view, now, options);
                nextReport = now + GateText.UntilNextReport(now, options);
            }

            if (change is null || change.IsCompleted)
                change = evaluator.WaitForChangeAsync(snapshot, stopping);
            var left = (plan.NextDeadline < nextReport ? plan.NextDeadline : nextReport) - Elapsed;
            await ((Task)change).WaitAsync(left > ShortestWait ? left : ShortestWait, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            stopping.ThrowIfCancellationRequested();
            snapshot = evaluator.Current;
        }
    }

    private void Look(HealthSnapshot snapshot, TimeSpan now)
    {
        var (stage, events) = (plan.Stage, plan.Look(snapshot, now));
        _view = plan.View;
        if (plan.Stage != stage)
            hold.Await(plan.Begun);
        foreach (var changed in events)
        {
            if (_view.Verdict != GateVerdict.Failed || changed.Change != GateChange.GivenUp) // No start goes on without it.
                log.Changed(changed, now);
        }
    }

    /// <summary>The first that has the checks in it: where all services start at once, the evaluator may not have begun yet.</summary>
    private async Task<HealthSnapshot?> FirstSnapshotAsync(CancellationToken stopping)
    {
        var snapshot = evaluator.Current;
        try
        {
            while (snapshot.Checks.Count == 0)
                snapshot = await evaluator.WaitForChangeAsync(snapshot, stopping).ConfigureAwait(false);
            return snapshot;
        }
        catch (InvalidOperationException)
        {
            return null;
        }
    }

    private StartupGateException Failure(GateView view)
    {
        var summary = GateText.Failure(view, options);
        log.Failed(view, summary);
        return new($"Startup gate: {summary}", [.. view.Lost.Select(check => check.Name)]);
    }
}

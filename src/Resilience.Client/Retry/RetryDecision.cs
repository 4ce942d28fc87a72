namespace Resilience.Client;

/// <summary>What follows a transient failure of a request that may be sent again: give up, wait for the backend, or retry after a delay.</summary>
internal sealed class RetryDecision(Backend backend)
{
    public async ValueTask<RetryStep> NextAsync(Call call)
    {
        var settings = call.Settings;
        var asked = call.Response is { } response ? RetryAfter.Of(response, backend.Clock.Time) : null;
        if (asked >= call.Left)
            return RetryStep.Stop(Withheld.Deadline);
        if (call.Left <= TimeSpan.Zero)
        {
            // Too late for this call, not for the next ones.
            _ = backend.Recovery.IsDownAfterAllAsync(call.Outcome, call.Started, ProbeSchedule.Longest, CancellationToken.None).AsTask();
            return RetryStep.Stop(Withheld.Deadline);
        }

        if (settings.WhenDown == WhenDown.Wait && await MayWaitAsync(call).ConfigureAwait(false))
            return RetryStep.WaitForReturn;
        if (settings.WhenDown == WhenDown.FailFast && backend.Epoch.IsDown)
            return RetryStep.Stop(Withheld.Down);

        var epoch = backend.Epoch;
        var delay = Backoff.Delay(call.Retries, settings, backend.Random());
        if (asked > delay)
            delay = asked.Value;
        Withheld? why = call.Retries >= settings.MaxRetries ? Withheld.MaxRetries : delay >= call.Left ? Withheld.Deadline : null;
        if (why is null && (call.Outcome.IsLate ? backend.Budget.TryTakeCautiously(backend.Clock.Now, settings) : backend.Budget.TryTake(backend.Clock.Now, settings)))
        {
            call.Retries++;
            call.ChargedAt = backend.Clock.Now;
            return new(null, delay, epoch);
        }

        return settings.WhenDown == WhenDown.Wait && await IsDownAfterAllAsync(call).ConfigureAwait(false)
            ? RetryStep.WaitForReturn
            : RetryStep.Stop(why ?? Withheld.Budget);
    }

    /// <summary>
    /// Whether a failure is the outage's cost and not a retry of the call's own: the backend is down, is being tried, or has come back since.
    /// A call that fails on the ramp where others succeed gets that twice; otherwise it would try for ever, and take the place of the others.
    /// </summary>
    private async ValueTask<bool> MayWaitAsync(Call call)
    {
        var isLate = call.Outcome.Kind == FailureKind.AttemptTimeout && await IsDownAfterAllAsync(call).ConfigureAwait(false);
        var epoch = backend.Epoch;
        if (!isLate && epoch.IsUp && ReferenceEquals(epoch, call.Epoch))
            return false;
        return call.Outcome.MeansDown || !backend.HasSucceededSince(call.Started)
            || call.Epoch?.State != EpochState.Probing || call.FreeWaits++ < 2;
    }

    private async ValueTask<bool> IsDownAfterAllAsync(Call call)
    {
        try
        {
            return await backend.Recovery.IsDownAfterAllAsync(call.Outcome, call.Started, call.Left, call.Caller).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            throw call.Cancelled();
        }
    }
}

/// <param name="Withheld">Why to return what there is; null to go on.</param>
/// <param name="Delay">How long to wait before the retry.</param>
/// <param name="Watched">The epoch whose end cuts the delay short; none means to wait for the backend's return, however long it takes.</param>
internal readonly record struct RetryStep(Withheld? Withheld, TimeSpan Delay = default, Epoch? Watched = null)
{
    public static RetryStep WaitForReturn => default;

    public static RetryStep Stop(Withheld why) => new(why);
}

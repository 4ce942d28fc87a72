namespace Resilience.Client;

/// <summary>Tells the call, the backend and who measures what came of an attempt.</summary>
internal sealed class Settlement(Backend backend)
{
    public void Settle(
        Call call, Epoch epoch, HttpRequestMessage sent, Outcome outcome, HttpResponseMessage? response, Exception? error, TimeSpan began, bool hasHandlersBelow)
    {
        var now = backend.Clock.Now;
        if (outcome.Kind == FailureKind.AttemptTimeout && now >= call.Deadline)
            outcome = outcome with { Kind = FailureKind.DeadlineExceeded };
        if (outcome.ProvesUnsent && hasHandlersBelow && !WireMark.SawFirstSendFail(sent, error))
            outcome = outcome with { Kind = FailureKind.ConnectionLost };
        var isElsewhere = outcome.Verdict == Verdict.Transient && !backend.Endpoint.Serves(sent.RequestUri);
        if (isElsewhere && outcome.MeansDown)
            outcome = outcome with { Kind = FailureKind.ConnectFailed };
        if (outcome.Verdict == Verdict.Transient)
        {
            backend.Protocol = new(sent.Version, sent.VersionPolicy);
            call.FollowRedirect(sent);
        }

        if (response is not null)
            backend.Limit.Heard();
        if (outcome.Verdict == Verdict.Success || outcome.IsLate && HadItsTime(outcome, now - began))
            backend.Limit.Sample(epoch.Places, began, now);
        epoch.Places.GiveBack();
        if (outcome.Verdict == Verdict.Success && call.ChargedAt is { } charged && !backend.Entrance.IsWaitedFor)
            backend.Budget.GiveBack(charged, now);
        call.ChargedAt = null;
        backend.Metrics.Attempted(outcome, response);
        call.Ended(epoch, outcome, response, error);
        if (outcome.IsFailure && !outcome.ProvesUnsent && epoch.State == EpochState.Probing)
            call.RipeAt = now + ProbeSchedule.Rest(now - epoch.Since);
        if (outcome.Verdict == Verdict.Success)
            backend.Succeeded(epoch, began, now);
        else if (isElsewhere)
            backend.Recovery.Abandoned(epoch);
        else if (outcome.IsFailure && HadItsTime(outcome, now - began))
            backend.Recovery.Failed(epoch, outcome, now);
        else if (outcome.IsSignOfLife)
            backend.Recovery.Succeeded(epoch, began, now);
        else
            backend.Recovery.Abandoned(epoch);
        backend.Entrance.FillPlaces();
    }

    /// <summary>An attempt that a short deadline, of this call only, has cut says nothing about the backend.</summary>
    private bool HadItsTime(Outcome outcome, TimeSpan took) =>
        outcome.Kind is not (FailureKind.DeadlineExceeded or FailureKind.AttemptTimeout)
        || took * 2 >= (backend.Settings.AttemptTimeout < backend.Settings.Timeout ? backend.Settings.AttemptTimeout : backend.Settings.Timeout);
}

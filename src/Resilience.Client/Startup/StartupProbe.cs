namespace Resilience.Client;

/// <summary>
/// Asks for a backend that the start waits for until the first sign of it: at once, and then at the pace of 2 %. Unlike an outage's probe
/// it takes nothing for a sign that did not come from the backend: nobody has seen it yet.
/// </summary>
internal sealed class StartupProbe(Backend backend, RecoveryProbe probe, BackendLog log, StartupWait wait)
{
    private TimeSpan Waited => backend.Clock.Now - wait.Began;

    public async Task RunAsync(Epoch start)
    {
        do
        {
            var began = backend.Clock.Time.GetUtcNow();
            var heard = await probe.ProbeAsync(start, ProbeSchedule.Timeout(Waited, backend.Settings.AttemptTimeout)).ConfigureAwait(false);
            if (IsSign(heard))
                backend.Recovery.FoundAlive(start, ready: heard.Answer == ProbeAnswer.Ready, CallTrace.Found(backend, heard.Answer, began));
            else if (!start.Ended.IsCancellationRequested)
            {
                Missed(heard.Outcome);
                // A health path may lie, and a handler may let no probe pass: where connections are taken, a real call is tried from time to time.
                backend.Entrance.LetOneTry(start, heard.Outcome is { ProvesUnsent: false, IsInsecure: false });
            }

            wait.Tell();
        }
        while (await start.LastsAsync(ProbeSchedule.Awaited(Waited, backend.Random()), backend.Clock).ConfigureAwait(false));

        wait.Tell(); // It may have ended by something else than an answer.
        if (backend.Epoch is { HasArrived: true } arrived)
            await probe.WidenAsync(arrived).ConfigureAwait(false);
    }

    private static bool IsSign(ProbeResult heard) => heard.Answer switch
    {
        ProbeAnswer.Ready => true,
        // What no repetition mends counts as life in an outage. Here it must be the backend that has answered.
        ProbeAnswer.Alive => heard.Outcome.Verdict == Verdict.Success || heard.Outcome is { IsSignOfLife: true, IsInsecure: false },
        _ => false,
    };

    private void Missed(Outcome outcome)
    {
        var isFirst = !wait.HasHeard;
        wait.Hear(outcome);
        if (wait.IsHopeless)
            backend.Entrance.Refuse(BackendFailureReason.SecureConnection);
        if (isFirst)
            backend.Entrance.RefuseHasty();
        if (wait.IsAnnounced)
            return;
        wait.IsAnnounced = true;
        log.IsAwaited(outcome.Describe(), backend.Settings);
    }
}

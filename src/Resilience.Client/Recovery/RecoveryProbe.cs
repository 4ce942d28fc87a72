using System.Net;

namespace Resilience.Client;

/// <summary>
/// The one loop per backend that asks whether it is back. It runs as long as an epoch of being down, so there is never a second one,
/// and ends with it only: a probe that fails in an unexpected way is a backend that is not back.
/// </summary>
internal sealed class RecoveryProbe(Backend backend, BackendLog log)
{
    // However many calls fail, they ask ten times a second at most.
    private static readonly TimeSpan Fresh = TimeSpan.FromMilliseconds(100);

    private readonly Lock _asking = new(); // Over _answer and _askedAt.
    private Task<ProbeAnswer>? _answer;
    private TimeSpan _askedAt;
    private volatile bool _pathIsMissing;

    private TimeSpan Soon => ProbeSchedule.Timeout(TimeSpan.Zero, backend.Settings.AttemptTimeout);

    // Neither carries the context (activity, culture, async locals) of the call that happens to be the first.
    public void Start(Epoch down) => ThreadPool.UnsafeQueueUserWorkItem(static start => _ = start.Me.RunAsync(start.Down), (Me: this, Down: down), preferLocal: false);

    /// <summary>Asks once, out of turn; callers at about the same time share the answer.</summary>
    public Task<ProbeAnswer> AskAsync(Epoch epoch)
    {
        lock (_asking)
        {
            var now = backend.Clock.Now;
            if (_answer is not null && (!_answer.IsCompleted || now - _askedAt < Fresh))
                return _answer;
            _askedAt = now;
            var answer = new TaskCompletionSource<ProbeAnswer>(TaskCreationOptions.RunContinuationsAsynchronously);
            ThreadPool.UnsafeQueueUserWorkItem(
                static async ask => ask.Answered.SetResult(await ask.Me.AnswerAsync(ask.Epoch).ConfigureAwait(false)),
                (Me: this, Epoch: epoch, Answered: answer), preferLocal: false);
            return _answer = answer.Task;
        }
    }

    /// <summary>Whether the backend says itself, or by its silence, that it is down, to a call that would give up.</summary>
    /// <param name="epoch">In which the call failed.</param>
    /// <param name="outcome">How.</param>
    /// <param name="left">How much time it has left.</param>
    /// <param name="caller">Its caller's token.</param>
    public async ValueTask<bool> SaysDownAsync(Epoch epoch, Outcome outcome, TimeSpan left, CancellationToken caller)
    {
        try
        {
            var patience = left > TimeSpan.Zero ? left : TimeSpan.Zero;
            var answer = await AskAsync(epoch).WaitAsync(patience, backend.Clock.Time, caller).ConfigureAwait(false);
            // Silence is slowness, unless the call itself has met with nothing else.
            return answer is ProbeAnswer.NotYet or ProbeAnswer.Away
                || answer == ProbeAnswer.Silent && outcome.IsLate;
        }
        catch (TimeoutException)
        {
            return false; // The call's time is over, whatever the answer.
        }
    }

    private async Task<ProbeAnswer> AnswerAsync(Epoch epoch)
    {
        try
        {
            return (await ProbeAsync(epoch, Soon).ConfigureAwait(false)).Answer;
        }
        catch (Exception e) // A fault of ours says nothing about the backend, and must not leave those waiting who asked.
        {
            log.ProbeFailed(e);
            return ProbeAnswer.Alive;
        }
    }

    private async Task RunAsync(Epoch down)
    {
        while (!down.Ended.IsCancellationRequested)
        {
            try
            {
                await (down.Startup is { } wait ? new StartupProbe(backend, this, log, wait).RunAsync(down) : RunInOutageAsync(down)).ConfigureAwait(false);
                return;
            }
            catch (Exception e) // A fault of ours: who would ask for the backend if not this loop?
            {
                log.ProbeFailed(e);
                await down.LastsAsync(ProbeSchedule.Longest, backend.Clock).ConfigureAwait(false);
            }
        }
    }

    private async Task RunInOutageAsync(Epoch down)
    {
        var lastTrial = backend.Clock.Now;
        while (await down.LastsAsync(ProbeSchedule.Interval(backend.Clock.Now - down.Since, backend.Random()), backend.Clock).ConfigureAwait(false))
        {
            var downFor = backend.Clock.Now - down.Since;
            // One that says yes while calls fail is asked, and believed, as often as its share of the budget allows to try: of many processes that ask
            // and try as they like, none would ever get through.
            if (down.IsWordDoubted && backend.Clock.Now - lastTrial < ProbeSchedule.Belief(downFor)
                && !(backend.Entrance.IsWorthATrial && backend.Budget.TryTakeShare(backend.Clock.Now, backend.Settings)))
                continue;
            var began = backend.Clock.Time.GetUtcNow();
            var (answer, _) = await ProbeAsync(down, ProbeSchedule.Timeout(downFor, backend.Settings.AttemptTimeout)).ConfigureAwait(false);
            if (down.IsWordDoubted && answer is not ProbeAnswer.Ready and not ProbeAnswer.Alive)
                down.IsWordDoubted = false; // It says no itself by now.

            // A health path may lie: where something answers or takes connections, a real call is tried from time to time.
            var isTrialDue = backend.Clock.Now - lastTrial >= ProbeSchedule.Belief(downFor);
            if ((answer is ProbeAnswer.Ready or ProbeAnswer.Alive || isTrialDue && answer is ProbeAnswer.NotYet or ProbeAnswer.Silent) && backend.Entrance.IsWorthATrial)
            {
                if (backend.Recovery.FoundAlive(down, ready: answer == ProbeAnswer.Ready, CallTrace.Found(backend, answer, began)) is { } probing)
                    await WidenAsync(probing).ConfigureAwait(false);
                return;
            }
        }
    }

    public async Task WidenAsync(Epoch probing)
    {
        while (await probing.LastsAsync(ProbeSchedule.Patience, backend.Clock).ConfigureAwait(false))
            backend.Recovery.Widen(probing);
    }

    public async Task<ProbeResult> ProbeAsync(Epoch epoch, TimeSpan timeout)
    {
        var settings = backend.Settings;
        if (settings.ProbePath.Length == 0 || backend.Wire is not { } send)
            return new(ProbeAnswer.Alive, Outcome.Success); // Nothing to ask: a real call finds out.

        var token = backend.InFlight.Rent(backend.Clock.Now + timeout, epoch.Ended);
        var hidden = CallTrace.Hide();
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(backend.Endpoint.Address, $".{settings.ProbePath}"))
            {
                Version = backend.Protocol.Version,
                VersionPolicy = backend.Protocol.Policy,
            };
            using var response = await send(request, token.Token).ConfigureAwait(false);
            var answer = Judge(response.StatusCode);
            backend.Metrics.Probed(answer);
            return new(answer, answer == ProbeAnswer.NotYet ? new(Verdict.Transient, FailureKind.Status, response.StatusCode) : Outcome.Success);
        }
        catch (Exception e)
        {
            log.ProbeFailed(e);
            var outcome = Classifier.Of(e, token.HasExpired, cancelled: epoch.Ended.IsCancellationRequested);
            var answer = outcome.Kind switch
            {
                FailureKind.AttemptTimeout => ProbeAnswer.Silent,
                FailureKind.Cancelled => ProbeAnswer.Away,
                // A handler that cannot send a probe, a certificate refused: a real call finds out, and says why.
                _ when outcome.Verdict == Verdict.Permanent => ProbeAnswer.Alive,
                _ => ProbeAnswer.Away,
            };
            backend.Metrics.Probed(answer);
            return new(answer, outcome);
        }
        finally
        {
            CallTrace.Stop(hidden);
            backend.InFlight.Return(token, mayBeHeldOn: true);
        }
    }

    /// <summary>A status below 500 that is not 2xx comes from a server that lives but has no such path, or keeps it closed.</summary>
    private ProbeAnswer Judge(HttpStatusCode status)
    {
        if ((int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
            return ProbeAnswer.NotYet;
        if ((int)status is >= 200 and < 300)
            return ProbeAnswer.Ready;
        if (!_pathIsMissing)
        {
            _pathIsMissing = true;
            log.NoProbePath(backend.Settings.ProbePath, (int)status);
        }

        return ProbeAnswer.Alive;
    }
}

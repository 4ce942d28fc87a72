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
    private Task<bool>? _answer;
    private TimeSpan _askedAt;
    private volatile bool _pathIsMissing;

    private TimeSpan Soon => ProbeSchedule.Timeout(TimeSpan.Zero, backend.Settings.AttemptTimeout);

    // Neither carries the context (activity, culture, async locals) of the call that happens to be the first.
    public void Start(Epoch down) => ThreadPool.UnsafeQueueUserWorkItem(static start => _ = start.Me.RunAsync(start.Down), (Me: this, Down: down), preferLocal: false);

    /// <summary>Asks once, out of turn; callers at about the same time share the answer.</summary>
    public Task<bool> AskAsync(Epoch epoch)
    {
        lock (_asking)
        {
            var now = backend.Clock.Now;
            if (_answer is not null && (!_answer.IsCompleted || now - _askedAt < Fresh))
                return _answer;
            _askedAt = now;
            var answer = new TaskCompletionSource<bool>(TaskCreationOptions.RunContinuationsAsynchronously);
            ThreadPool.UnsafeQueueUserWorkItem(
                static async ask => ask.Answered.SetResult(await ask.Me.ProbeAsync(ask.Epoch, ask.Me.Soon).ConfigureAwait(false) != Answer.NotYet),
                (Me: this, Epoch: epoch, Answered: answer), preferLocal: false);
            return _answer = answer.Task;
        }
    }

    private async Task RunAsync(Epoch down)
    {
        while (!down.Ended.IsCancellationRequested)
        {
            var interval = ProbeSchedule.Interval(backend.Clock.Now - down.Since, backend.Random());
            await Task.Delay(interval, backend.Clock.Time, down.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            var timeout = ProbeSchedule.Timeout(backend.Clock.Now - down.Since, backend.Settings.AttemptTimeout);
            if (down.Ended.IsCancellationRequested)
                return;
            var answer = await ProbeAsync(down, timeout).ConfigureAwait(false);
            if (answer != Answer.NotYet)
                backend.Recovery.FoundAlive(down, ready: answer == Answer.Ready);
        }
    }

    private async Task<Answer> ProbeAsync(Epoch epoch, TimeSpan timeout)
    {
        var settings = backend.Settings;
        if (settings.ProbePath.Length == 0 || backend.Wire is not { } send)
            return Answer.Alive; // Nothing to ask: a real call finds out.

        var token = backend.InFlight.Rent(backend.Clock.Now + timeout, epoch.Ended);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(backend.Endpoint.Address, $".{settings.ProbePath}"))
            {
                Version = backend.Protocol.Version,
                VersionPolicy = backend.Protocol.Policy,
            };
            using var response = await send(request, token.Token).ConfigureAwait(false);
            return Judge(response.StatusCode);
        }
        catch (Exception e)
        {
            log.ProbeFailed(e);
            return Answer.NotYet;
        }
        finally
        {
            backend.InFlight.Return(token);
        }
    }

    /// <summary>A status below 500 that is not 2xx comes from a server that lives but has no such path, or keeps it closed.</summary>
    private Answer Judge(HttpStatusCode status)
    {
        if ((int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
            return Answer.NotYet;
        if ((int)status is >= 200 and < 300)
            return Answer.Ready;
        if (!_pathIsMissing)
        {
            _pathIsMissing = true;
            log.NoProbePath(backend.Settings.ProbePath, (int)status);
        }

        return Answer.Alive;
    }

    private enum Answer
    {
        NotYet,
        Alive,
        Ready,
    }
}

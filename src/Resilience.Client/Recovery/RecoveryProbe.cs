using System.Net;

namespace Resilience.Client;

/// <summary>
/// The one loop per backend that asks whether it is back. It runs as long as an epoch of being down, so there is never a second one,
/// and ends with it only: a probe that fails in an unexpected way is a backend that is not back.
/// </summary>
internal sealed class RecoveryProbe(Backend backend, BackendLog log)
{
    private volatile bool _pathIsMissing;

    public void Start(Epoch down)
    {
        // The loop must not carry the context (activity, culture, async locals) of the call that happened to find the backend down.
        using (ExecutionContext.IsFlowSuppressed() ? default : ExecutionContext.SuppressFlow())
            _ = Task.Run(() => RunAsync(down), CancellationToken.None);
    }

    private async Task RunAsync(Epoch down)
    {
        while (!down.Ended.IsCancellationRequested)
        {
            var interval = ProbeSchedule.Interval(backend.Clock.Now - down.Since, backend.Random());
            await Task.Delay(interval, backend.Clock.Time, down.Ended).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
            if (!down.Ended.IsCancellationRequested && await IsAliveAsync(down).ConfigureAwait(false))
                backend.FoundAlive(down);
        }
    }

    private async Task<bool> IsAliveAsync(Epoch down)
    {
        var settings = backend.Settings;
        if (settings.ProbePath.Length == 0 || backend.Wire is not { } send)
            return true; // Nothing to ask: a real call finds out.

        var timeout = ProbeSchedule.Timeout(backend.Clock.Now - down.Since, settings.AttemptTimeout);
        var token = backend.InFlight.Rent(backend.Clock.Now + timeout, down.Ended);
        try
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, new Uri(backend.Endpoint.Address, settings.ProbePath.TrimStart('/')));
            using var response = await send(request, token.Token).ConfigureAwait(false);
            return Judge(response.StatusCode);
        }
        catch (Exception e)
        {
            log.ProbeFailed(e);
            return false;
        }
        finally
        {
            backend.InFlight.Return(token);
        }
    }

    /// <summary>A status below 500 that is not 2xx comes from a server that lives but has no such path, or keeps it closed.</summary>
    private bool Judge(HttpStatusCode status)
    {
        if ((int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
            return false;
        if ((int)status is < 200 or >= 300 && !_pathIsMissing)
        {
            _pathIsMissing = true;
            log.NoProbePath(backend.Settings.ProbePath, (int)status);
        }

        return true;
    }
}

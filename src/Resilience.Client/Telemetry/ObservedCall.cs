namespace Resilience.Client;

/// <summary>A call while somebody listens: what it does is measured and traced from outside, so that the path of one that nobody watches has nothing of it.</summary>
internal static class ObservedCall
{
    public static Task<HttpResponseMessage> SendAsync(BackendHandler handler, Backend backend, HttpRequestMessage request, CancellationToken caller)
    {
        if (CallTrace.IsOn)
            return TraceAsync(handler, backend, request, caller);
        var began = backend.Clock.Now;
        var call = Begin(handler, request, caller);
        if (!call.IsCompletedSuccessfully)
            return EndAsync(call, backend, began, activity: null, caller);
        backend.Metrics.Ended(CallEnd.Of(call.Result, backend.Settings), backend.Clock.Now - began);
        return call;
    }

    // Its own state machine, so that what becomes the current activity in here is not the caller's.
    private static async Task<HttpResponseMessage> TraceAsync(BackendHandler handler, Backend backend, HttpRequestMessage request, CancellationToken caller)
    {
        var activity = CallTrace.Start(backend, request);
        var began = backend.Clock.Now;
        return await EndAsync(Begin(handler, request, caller), backend, began, activity, caller).ConfigureAwait(false);
    }

    private static Task<HttpResponseMessage> Begin(BackendHandler handler, HttpRequestMessage request, CancellationToken caller)
    {
        try
        {
            return handler.CallAsync(request, isObserved: true, caller);
        }
        catch (Exception e)
        {
            return Task.FromException<HttpResponseMessage>(e); // Its options are faulty: it has ended like any other.
        }
    }

    private static async Task<HttpResponseMessage> EndAsync(
        Task<HttpResponseMessage> call, Backend backend, TimeSpan began, System.Diagnostics.Activity? activity, CancellationToken caller)
    {
        try
        {
            var response = await call.ConfigureAwait(false);
            activity?.SetTag(TelemetryNames.Tags.Status, (int)response.StatusCode);
            End(CallEnd.Of(response, backend.Settings));
            return response;
        }
        catch (Exception e)
        {
            End(CallEnd.Of(e, caller));
            throw;
        }

        void End(CallEnd end)
        {
            backend.Metrics.Ended(end, backend.Clock.Now - began);
            if (activity is not null)
                CallTrace.End(activity, end);
        }
    }
}

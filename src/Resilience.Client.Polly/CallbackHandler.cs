using System.Runtime.ExceptionServices;
using Polly.Timeout;

namespace Resilience.Client.Polly;

/// <summary>Where the wire would be: an attempt is a run of the callback. Probes have none, and take the backend's own way.</summary>
internal sealed class CallbackHandler(Func<HttpRequestMessage, CancellationToken, Task<HttpResponseMessage>>? probe) : HttpMessageHandler
{
    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken) =>
        request.Options.TryGetValue(Run.Key, out var run) ? AttemptAsync(run, request, cancellationToken)
            : probe is not null ? probe(request, cancellationToken)
            : Task.FromException<HttpResponseMessage>(new NotSupportedException("There is no way to ask this backend yet."));

    private static async Task<HttpResponseMessage> AttemptAsync(Run run, HttpRequestMessage request, CancellationToken attempt)
    {
        var outcome = await run.AttemptAsync(attempt).ConfigureAwait(false);
        if (outcome.Exception is { } error)
        {
            // A timeout inside of us has cut the attempt short: it may have arrived, and another may do better. To the engine that is a connection cut.
            if (error is TimeoutRejectedException)
                throw new HttpRequestException(HttpRequestError.ResponseEnded, "A timeout inside the pipeline ended the attempt.", error);
            ExceptionDispatchInfo.Throw(error);
        }

        var response = outcome.Result ?? throw new InvalidOperationException("The pipeline's callback returned no response.");
        if (!run.IsKnown && response.RequestMessage is { } answered)
            StandIn.Reveal(request, answered);
        return response;
    }
}

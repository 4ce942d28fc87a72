using Polly;
using PollyOutcome = Polly.Outcome; // The engine has one of its own.

namespace Resilience.Client.Polly;

/// <summary>
/// The engine of Resilience.Client around a pipeline's callback: a handler of the backend's, with the callback where the wire would be.
/// </summary>
internal sealed class BackendStrategy : ResilienceStrategy<HttpResponseMessage>, IDisposable
{
    private readonly Backend _backend;
    private readonly BackendStrategyOptions _options;
    private readonly HttpMessageInvoker _engine;

    public BackendStrategy(Backend backend, BackendStrategyOptions options)
    {
        _backend = backend;
        _options = options;
        Run.AssertItCanPassOnTokens();
        // Each handler takes over the probes, and a callback is none: they go on as they did. One at a time, or one strategy's way would be another's.
        lock (backend)
        {
            var wire = backend.Wire;
            // The mark says that what is below may hold on to an attempt's token: so no other call gets it.
            _engine = new(new BackendHandler(backend) { InnerHandler = new WireMark { InnerHandler = new CallbackHandler(wire) } });
            backend.Wire = wire;
        }
    }

    public static Backend Known(IBackend backend) =>
        backend as Backend ?? throw new ArgumentException("A backend of the host's IBackends is needed, not one of another kind.", nameof(backend));

    /// <summary>Polly's word that the pipeline is gone.</summary>
    public void Dispose() => _engine.Dispose();

    protected override async ValueTask<Outcome<HttpResponseMessage>> ExecuteCore<TState>(
        Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback, ResilienceContext context, TState state)
    {
        try
        {
            var request = StandIn.Of(context, _backend, _options);
            request.Options.Set(Run.Key, new Run<TState>(callback, context, state));
            var call = _engine.SendAsync(request, context.CancellationToken);
            return PollyOutcome.FromResult(await call.ConfigureAwait(context.ContinueOnCapturedContext));
        }
        catch (Exception e)
        {
            return PollyOutcome.FromException<HttpResponseMessage>(e);
        }
    }
}

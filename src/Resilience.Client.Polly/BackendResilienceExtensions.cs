using System.Diagnostics.CodeAnalysis;
using Microsoft.Extensions.DependencyInjection;
using Resilience.Client;
using Resilience.Client.Polly;

namespace Polly;

/// <summary>The door of Resilience.Client.Polly.</summary>
public static class BackendResilienceExtensions
{
    /// <summary>
    /// Adds what calls to a backend do, as one strategy: deadline, waiting for its return, circuit, budget, retries, with the state and the options that the
    /// backend's other calls have. Each run of what is inside of it is one attempt. It takes the place of Polly's retry, circuit breaker and timeout;
    /// with one of them inside of it, or retries around it, attempts multiply.
    /// </summary>
    /// <param name="builder">The pipeline's builder. The pipeline may be used by any number of callers at once.</param>
    /// <param name="services">The host's services. They are asked when the pipeline is built.</param>
    /// <param name="backend">A name given to <c>AddResilientBackend</c>. Its own <see cref="HttpClient"/> is asked for a sign of life while it is down.</param>
    /// <param name="options">The strategy's own options; none of them is required.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="KeyNotFoundException">When the pipeline is built: no backend has this name.</exception>
    public static ResiliencePipelineBuilder<HttpResponseMessage> AddBackendResilience(
        this ResiliencePipelineBuilder<HttpResponseMessage> builder, IServiceProvider services, string backend, BackendStrategyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(services);
        ArgumentException.ThrowIfNullOrWhiteSpace(backend);
        options ??= new();
        return Add(
            builder,
            () =>
            {
                // Makes the backend's own way to the wire, which its probes take, if nobody has yet.
                services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(backend);
                return new(services.GetRequiredService<BackendRegistry>().Get(backend), options);
            },
            options);
    }

    /// <summary>
    /// The same, for a backend at hand. Until something has made its own <see cref="HttpClient"/>, which the host's start does, there is nothing to ask while
    /// it is down: a call is then tried from time to time.
    /// </summary>
    /// <param name="builder">The pipeline's builder.</param>
    /// <param name="backend">One of the host's <see cref="IBackends"/>.</param>
    /// <param name="options">The strategy's own options; none of them is required.</param>
    /// <returns>The builder.</returns>
    /// <exception cref="ArgumentException"><paramref name="backend"/> is not from <see cref="IBackends"/>.</exception>
    public static ResiliencePipelineBuilder<HttpResponseMessage> AddBackendResilience(
        this ResiliencePipelineBuilder<HttpResponseMessage> builder, IBackend backend, BackendStrategyOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(builder);
        ArgumentNullException.ThrowIfNull(backend);
        options ??= new();
        var known = BackendStrategy.Known(backend);
        return Add(builder, () => new(known, options), options);
    }

    [UnconditionalSuppressMessage("Trimming", "IL2026", Justification = "Polly validates data annotations of the options; there are none.")]
    private static ResiliencePipelineBuilder<HttpResponseMessage> Add(
        ResiliencePipelineBuilder<HttpResponseMessage> builder, Func<BackendStrategy> make, BackendStrategyOptions options) =>
        builder.AddStrategy(_ => make(), options);
}

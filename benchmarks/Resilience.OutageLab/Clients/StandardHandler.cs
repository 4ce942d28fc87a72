using System.Net;
using System.Runtime.ExceptionServices;
using Microsoft.Extensions.DependencyInjection;
using Polly;
using Polly.CircuitBreaker;
using Polly.Retry;
using Polly.Timeout;

namespace Resilience.OutageLab.Clients;

/// <summary>
/// The strategies, order and numbers of Microsoft.Extensions.Http.Resilience's <c>AddStandardResilienceHandler()</c>, outermost first: limiter of 1,000 that
/// rejects, total timeout 30 s, 3 retries (2 s, exponential, jitter, Retry-After heeded), circuit (10 % of at least 100 in 30 s, breaks for 5 s), 10 s per attempt.
/// Written as lean as Polly allows: pooled contexts, static delegates, outcomes in place of exceptions.
/// </summary>
internal sealed class StandardHandler(ResiliencePipeline<HttpResponseMessage> pipeline, SemaphoreSlim limiter) : DelegatingHandler
{
    public const int Permits = 1000;

    private static readonly ResiliencePropertyKey<HttpRequestMessage> Request = new("request");

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        if (!limiter.Wait(0, CancellationToken.None))
            throw new RateLimitedException();
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            context.Properties.Set(Request, request);
            var outcome = await pipeline.ExecuteOutcomeAsync(static (context, me) => me.AttemptAsync(context), context, this).ConfigureAwait(context.ContinueOnCapturedContext);
            if (outcome.Exception is { } exception)
                ExceptionDispatchInfo.Throw(exception);
            return outcome.Result ?? throw new InvalidOperationException("Neither a response nor an exception.");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
            limiter.Release();
        }
    }

    private async ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(ResilienceContext context)
    {
        try
        {
            var request = context.Properties.GetValue(Request, null!); // Set above, always.
            return Outcome.FromResult(await base.SendAsync(request, context.CancellationToken).ConfigureAwait(context.ContinueOnCapturedContext));
        }
        catch (Exception e)
        {
            return Outcome.FromException<HttpResponseMessage>(e);
        }
    }
}

internal sealed class RateLimitedException() : Exception("More than 1,000 calls at once.");

internal static class StandardHandlerExtensions
{
    public static IHttpClientBuilder AddStandard(this IHttpClientBuilder builder, TimeSpan attempt, TimeSpan? total)
    {
        var pipeline = Build(attempt, total ?? TimeSpan.FromSeconds(30));
        var limiter = new SemaphoreSlim(StandardHandler.Permits);
        return builder.AddHttpMessageHandler(() => new StandardHandler(pipeline, limiter));
    }

    private static ResiliencePipeline<HttpResponseMessage> Build(TimeSpan attempt, TimeSpan total) => new ResiliencePipelineBuilder<HttpResponseMessage>()
        .AddTimeout(new TimeoutStrategyOptions { Timeout = total })
        .AddRetry(new RetryStrategyOptions<HttpResponseMessage>
        {
            MaxRetryAttempts = 3,
            BackoffType = DelayBackoffType.Exponential,
            Delay = TimeSpan.FromSeconds(2),
            UseJitter = true,
            ShouldHandle = static args => ValueTask.FromResult(IsTransient(args.Outcome)),
            DelayGenerator = static args => ValueTask.FromResult(RetryAfter(args.Outcome.Result)),
        })
        .AddCircuitBreaker(new CircuitBreakerStrategyOptions<HttpResponseMessage>
        {
            FailureRatio = 0.1,
            MinimumThroughput = 100,
            SamplingDuration = TimeSpan.FromSeconds(30),
            BreakDuration = TimeSpan.FromSeconds(5),
            ShouldHandle = static args => ValueTask.FromResult(IsTransient(args.Outcome)),
        })
        .AddTimeout(new TimeoutStrategyOptions { Timeout = attempt })
        .Build();

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome) =>
        outcome.Result is { } response
            ? (int)response.StatusCode >= 500 || response.StatusCode is HttpStatusCode.RequestTimeout or HttpStatusCode.TooManyRequests
            : outcome.Exception is HttpRequestException or TimeoutRejectedException;

    private static TimeSpan? RetryAfter(HttpResponseMessage? response) => response?.Headers.RetryAfter switch
    {
        { Delta: { } delta } => delta,
        { Date: { } date } => date - DateTimeOffset.UtcNow is var left && left > TimeSpan.Zero ? left : TimeSpan.Zero,
        _ => null,
    };
}

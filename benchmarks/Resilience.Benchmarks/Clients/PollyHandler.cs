using Polly;
using Polly.Retry;
using Polly.Timeout;

namespace Resilience.Benchmarks;

/// <summary>Polly as lean as it allows: a pooled context, a static delegate, outcomes in place of exceptions, no task where there is an answer already.</summary>
internal sealed class PollyHandler(ResiliencePipeline<HttpResponseMessage> pipeline) : DelegatingHandler
{
    /// <summary>A retry alone.</summary>
    public static ResiliencePipeline<HttpResponseMessage> RetryOnly() => new ResiliencePipelineBuilder<HttpResponseMessage>().AddRetry(Retry(TimeSpan.FromSeconds(2))).Build();

    /// <summary>The shape and the numbers of the standard handler of Microsoft.Extensions.Http.Resilience, without its limiter.</summary>
    /// <param name="delay">Before the first retry; default the standard's 2 s.</param>
    /// <param name="breakAt">The share of failures that opens the circuit.</param>
    /// <param name="minimum">The least number of calls that opens it.</param>
    public static ResiliencePipeline<HttpResponseMessage> Full(TimeSpan? delay = null, double breakAt = 0.1, int minimum = 100) =>
        new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddTimeout(TimeSpan.FromSeconds(30))
            .AddRetry(Retry(delay ?? TimeSpan.FromSeconds(2)))
            .AddCircuitBreaker(new()
            {
                FailureRatio = breakAt,
                MinimumThroughput = minimum,
                SamplingDuration = TimeSpan.FromSeconds(30),
                BreakDuration = minimum < 100 ? TimeSpan.FromHours(1) : TimeSpan.FromSeconds(5),
                ShouldHandle = static call => new(IsTransient(call.Outcome)),
            })
            .AddTimeout(TimeSpan.FromSeconds(10))
            .Build();

    protected override async Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var context = ResilienceContextPool.Shared.Get(cancellationToken);
        try
        {
            var outcome = await pipeline.ExecuteOutcomeAsync(
                static (context, call) => call.Me.AttemptAsync(call.Request, context.CancellationToken), context, (Me: this, Request: request)).ConfigureAwait(false);
            outcome.ThrowIfException();
            return outcome.Result ?? throw new InvalidOperationException("An outcome holds a result or an exception.");
        }
        finally
        {
            ResilienceContextPool.Shared.Return(context);
        }
    }

    private ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(HttpRequestMessage request, CancellationToken cancellationToken)
    {
        try
        {
            var attempt = base.SendAsync(request, cancellationToken);
            return attempt.IsCompletedSuccessfully ? Outcome.FromResultAsValueTask(attempt.Result) : LaterAsync(attempt);
        }
        catch (Exception e)
        {
            return Outcome.FromExceptionAsValueTask<HttpResponseMessage>(e);
        }
    }

    private static async ValueTask<Outcome<HttpResponseMessage>> LaterAsync(Task<HttpResponseMessage> attempt)
    {
        try
        {
            return Outcome.FromResult(await attempt.ConfigureAwait(false));
        }
        catch (Exception e)
        {
            return Outcome.FromException<HttpResponseMessage>(e);
        }
    }

    private static RetryStrategyOptions<HttpResponseMessage> Retry(TimeSpan delay) => new()
    {
        MaxRetryAttempts = 3,
        Delay = delay,
        BackoffType = delay > TimeSpan.Zero ? DelayBackoffType.Exponential : DelayBackoffType.Constant,
        UseJitter = delay > TimeSpan.Zero,
        ShouldHandle = static call => new(IsTransient(call.Outcome)),
    };

    private static bool IsTransient(Outcome<HttpResponseMessage> outcome) => outcome switch
    {
        { Result: { } response } => (int)response.StatusCode is >= 500 or 408 or 429,
        { Exception: HttpRequestException or TimeoutRejectedException } => true,
        _ => false,
    };
}

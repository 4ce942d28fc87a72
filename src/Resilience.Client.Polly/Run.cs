using System.Runtime.CompilerServices;
using Polly;

namespace Resilience.Client.Polly;

/// <summary>A pipeline's callback, to be run once per attempt.</summary>
internal abstract class Run(ResilienceContext context)
{
    public static readonly HttpRequestOptionsKey<Run> Key = new("Resilience.Client.Polly.Run");

    /// <summary>Whether the callback's request is known to the engine.</summary>
    public bool IsKnown { get; } = context.Properties.TryGetValue(BackendStrategyOptions.Request, out _);

    public async ValueTask<Outcome<HttpResponseMessage>> AttemptAsync(CancellationToken attempt)
    {
        var caller = context.CancellationToken;
        SetToken(context, attempt);
        try
        {
            return await InvokeAsync(context).ConfigureAwait(context.ContinueOnCapturedContext);
        }
        finally
        {
            SetToken(context, caller);
        }
    }

    /// <summary>When a pipeline is built: not with its first call, at night.</summary>
    /// <exception cref="NotSupportedException">This version of Polly has no such setter any more.</exception>
    public static void AssertItCanPassOnTokens()
    {
        if (typeof(ResilienceContext).GetProperty(nameof(ResilienceContext.CancellationToken))?.GetSetMethod(nonPublic: true) is null)
        {
            throw new NotSupportedException(
                $"Polly.Core {typeof(ResilienceContext).Assembly.GetName().Version} gives strategies no way to pass on an attempt's token; Resilience.Client.Polly was made with 8.9.1.");
        }
    }

    protected abstract ValueTask<Outcome<HttpResponseMessage>> InvokeAsync(ResilienceContext context);

    // Polly's own strategies give the callback their token like this; for those of others it has no public way (8.9.1).
    [UnsafeAccessor(UnsafeAccessorKind.Method, Name = "set_CancellationToken")]
    private static extern void SetToken(ResilienceContext context, CancellationToken token);
}

internal sealed class Run<TState>(Func<ResilienceContext, TState, ValueTask<Outcome<HttpResponseMessage>>> callback, ResilienceContext context, TState state)
    : Run(context)
{
    protected override ValueTask<Outcome<HttpResponseMessage>> InvokeAsync(ResilienceContext context) => callback(context, state);
}

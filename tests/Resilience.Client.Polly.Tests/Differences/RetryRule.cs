namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>In what our retries differ from Polly's, each difference by name.</summary>
[Flags]
internal enum RetryRule
{
    /// <summary>Polly's retries.</summary>
    None = 0,

    /// <summary>"The request may be sent again": a POST without a key is not, unless nothing was sent.</summary>
    UnsafeIsSentOnce = 1,

    /// <summary>"Permanent": what no repetition mends, an answer that is not HTTP say, is not repeated.</summary>
    PermanentEndsIt = 2,

    /// <summary>"Budget has a token": a share of the calls and a few, not counting what succeeded.</summary>
    BudgetIsSpent = 4,

    /// <summary>"Delay: max(Retry-After, …)".</summary>
    RetryAfterIsHeard = 8,

    /// <summary>"The delay fits before the deadline", otherwise there is an answer now.</summary>
    DelayFitsTheDeadline = 16,

    /// <summary>"Full jitter": anywhere below the ceiling. Polly's is the ceiling here, since its jitter cannot be told what to draw.</summary>
    FullJitter = 32,

    /// <summary>"Down: refused": who does not wait for it is not kept by retries that cannot succeed.</summary>
    DownIsNotRetried = 64,

    /// <summary>Our retries.</summary>
    All = 127,
}

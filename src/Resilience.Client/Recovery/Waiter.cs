namespace Resilience.Client;

/// <summary>Whether a call may go on: in which epoch, or why not.</summary>
internal readonly record struct Admission(Epoch? Epoch, BackendFailureReason Refusal = default);

/// <summary>A call that waits for its backend. Its continuation never runs under the lock that lets it go.</summary>
internal sealed class Waiter(Entrance entrance, Epoch epoch, bool mayArriveTwice, bool hasTried, TimeSpan ripeAt, bool isHasty)
    : TaskCompletionSource<Admission>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    public const int BestMerit = 2;

    /// <summary>The one that its wait began in.</summary>
    public Epoch Epoch { get; } = epoch;

    /// <summary>Whether it has been sent before.</summary>
    public bool HasTried { get; } = hasTried;

    private readonly int _merit = isHasty || !mayArriveTwice ? 0 : hasTried ? 1 : BestMerit;

    /// <summary>How good a trial it makes: its failure should cost its caller nothing, and it should not have failed before, least of all just now.</summary>
    public int Merit(TimeSpan now) => IsRipe(now) ? _merit : -1;

    /// <summary>Whether it has rested from its last trial.</summary>
    public bool IsRipe(TimeSpan now) => now >= ripeAt;

    /// <summary>Waits for nothing but the first answer to a probe: one that fails fast, while nobody can say yet whether it must.</summary>
    public bool IsHasty { get; } = isHasty;

    /// <summary>Its place in the queue; gone once it has left it.</summary>
    public LinkedListNode<Waiter>? Place { get; set; }

    public void Leave() => entrance.Leave(this);
}

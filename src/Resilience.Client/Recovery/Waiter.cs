namespace Resilience.Client;

/// <summary>Whether a call may go on: in which epoch, or why not.</summary>
internal readonly record struct Admission(Epoch? Epoch, BackendFailureReason Refusal = default);

/// <summary>A call that waits for its backend. Its continuation never runs under the lock that lets it go.</summary>
internal sealed class Waiter(Recovery recovery, bool mayArriveTwice)
    : TaskCompletionSource<Admission>(TaskCreationOptions.RunContinuationsAsynchronously)
{
    /// <summary>May be the trial whose failure costs its caller nothing.</summary>
    public bool MayArriveTwice { get; } = mayArriveTwice;

    /// <summary>Its place in the queue; gone once it has left it.</summary>
    public LinkedListNode<Waiter>? Place { get; set; }

    public void Leave() => recovery.Leave(this);
}

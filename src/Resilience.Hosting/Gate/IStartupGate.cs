namespace Resilience.Hosting;

/// <summary>Tells whether what the start needs is there. One per host; safe for use by many threads.</summary>
public interface IStartupGate
{
    /// <summary>Whether it is open. Once it is, it stays so.</summary>
    bool IsOpen { get; }

    /// <summary>Waits until it is open: for hosted services that start before, because the host serves while it waits.</summary>
    /// <param name="cancellationToken">Ends the waiting: a background service's stopping token.</param>
    /// <returns>A task that ends when the gate opens.</returns>
    /// <exception cref="OperationCanceledException">By the token, or because the host stops before the gate has opened.</exception>
    /// <exception cref="StartupGateException">The gate has given up while the host was still starting.</exception>
    Task WaitAsync(CancellationToken cancellationToken = default);
}

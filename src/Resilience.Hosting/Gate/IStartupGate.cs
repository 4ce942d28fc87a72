namespace Resilience.Hosting;

/// <summary>Tells whether what the start needs is there. One per host; safe for use by many threads.</summary>
public interface IStartupGate
{
    /// <summary>Whether it is open. Once it is, it stays so.</summary>
    bool IsOpen { get; }

    /// <summary>
    /// Waits until it is open, and, where the host serves meanwhile, every other check has run once: for background services that start before, and for tests before their first request. Not for
    /// <c>StartingAsync</c> and <c>StartAsync</c>, which would hold up the host's start, ports included.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting: a background service's stopping token.</param>
    /// <returns>A task that ends when the gate opens.</returns>
    /// <exception cref="OperationCanceledException">By the token, or because the host stops before the gate has opened.</exception>
    /// <exception cref="StartupGateException">The gate has given up while the host was still starting.</exception>
    Task WaitAsync(CancellationToken cancellationToken = default);
}

namespace Resilience.Health;

/// <summary>Runs the checks in the background and keeps what they said. One per host; safe for use by many threads.</summary>
public interface IHealthEvaluator
{
    /// <summary>
    /// The newest snapshot. Costs nothing: asking never runs a check. Results that have become too old since are marked as such, also if the evaluator itself has stopped.
    /// </summary>
    HealthSnapshot Current { get; }

    /// <summary>What this process uses; a second old at most.</summary>
    ProcessUsage Usage { get; }

    /// <summary>
    /// Has every check run again that has not since <see cref="HealthOptions.MinRefreshInterval"/>, joining runs under way, and waits for them. However many ask, a check runs once.
    /// </summary>
    /// <param name="cancellationToken">Ends the waiting, not the runs.</param>
    /// <returns>The snapshot after it.</returns>
    Task<HealthSnapshot> RefreshAsync(CancellationToken cancellationToken = default);

    /// <summary>In <see cref="EvaluationMode.OnDemand"/>, refreshes what is older than its period; otherwise ends at once.</summary>
    /// <param name="cancellationToken">Ends the waiting, not the runs.</param>
    /// <returns>The newest snapshot.</returns>
    ValueTask<HealthSnapshot> ReadAsync(CancellationToken cancellationToken = default);

    /// <summary>The groups of <see cref="HealthOptions.Groups"/>: names of checks by name of group.</summary>
    IReadOnlyDictionary<string, IReadOnlyList<string>> Groups { get; }

    /// <summary>Waits for another snapshot than one that is known: there is one after every run of a check, and runs that end close to each other may share one. What becomes too old by itself shows only when somebody asks.</summary>
    /// <param name="known">The newest that the caller has seen.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>The newest snapshot.</returns>
    /// <exception cref="InvalidOperationException">There are faults, so that the host does not start.</exception>
    Task<HealthSnapshot> WaitForChangeAsync(HealthSnapshot known, CancellationToken cancellationToken = default);

    /// <summary>
    /// Keeps the service starting, in place of the rule about critical checks tagged <see cref="CheckTags.Startup"/>, until the hold is disposed of. To be called before the host starts, from the constructor of a
    /// hosted service, say.
    /// </summary>
    /// <returns>The hold.</returns>
    /// <exception cref="InvalidOperationException">The service has started already; it cannot go back.</exception>
    StartHold HoldStart();

    /// <summary>Readiness says <c>draining</c> from now on. The host's stop signal does this by itself.</summary>
    void BeginDrain();

    /// <summary>Adds something that must be in order when the host starts. What it finds is reported together with the evaluator's own findings, and stops the host. If that has started already, it is looked at now.</summary>
    /// <param name="findFaults">Each fault is one sentence: what is wrong, and the fix.</param>
    /// <exception cref="Microsoft.Extensions.Options.OptionsValidationException">The host has started already, and there are faults.</exception>
    void ValidateAtStart(Func<IEnumerable<string>> findFaults);
}

namespace Resilience.Health;

/// <summary>
/// That a check of ours was added, with all that makes it what it is: adding an equal one again changes nothing, and a different one of the same name is a
/// duplicate, which the evaluator refuses at start.
/// </summary>
/// <param name="Name">The check's name.</param>
/// <param name="Settings">What it asks, comparable by value.</param>
/// <param name="FailureStatus">As given.</param>
/// <param name="Tags">As given, in order.</param>
internal sealed record CheckRegistration(string Name, object Settings, HealthStatus? FailureStatus, EqualList<string> Tags);

namespace Resilience.Health;

/// <summary>
/// What stands in a check's registration that cannot be used, as far as only the built host knows it: a connection string of its configuration, say. All of
/// them are collected at start, and stop the host if there is anything in <paramref name="Text"/>.
/// </summary>
/// <param name="Check">The check's name.</param>
/// <param name="Text">What is wrong and the fix, in sentences, without a secret; null if nothing is wrong.</param>
internal sealed record CheckFault(string Check, string? Text);

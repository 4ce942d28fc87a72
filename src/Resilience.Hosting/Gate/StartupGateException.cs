namespace Resilience.Hosting;

/// <summary>
/// What the start needs is not there. Thrown by the host's start (<see cref="GateMode.Hold"/>) or by its stop (<see cref="GateMode.Serve"/>), and so by <c>Run</c>. If nobody catches it, the process ends with
/// <see cref="ExitCode"/> and without a stack trace.
/// </summary>
public sealed class StartupGateException : Exception
{
    /// <summary>The exit code: 69, <c>EX_UNAVAILABLE</c> of BSD's <c>sysexits.h</c>.</summary>
    public const int ExitCode = 69;

    internal StartupGateException(string message, IReadOnlyList<string> missing)
        : base(message) => Missing = missing;

    /// <summary>The names of the required checks that are not there.</summary>
    public IReadOnlyList<string> Missing { get; }

    /// <summary>The message. Where it was thrown says nothing about why.</summary>
    /// <returns>The message, after the type's name.</returns>
    public override string ToString() => $"{nameof(StartupGateException)}: {Message}";
}

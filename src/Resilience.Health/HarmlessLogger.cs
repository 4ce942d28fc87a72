using System.ComponentModel;
using Microsoft.Extensions.Logging;

namespace Resilience.Health;

/// <summary>A logger whose failure is nobody's: for what must go on, in packages that build on this one. Safe for use by many threads, if the logger in it is.</summary>
/// <param name="inner">Gets the entries.</param>
[EditorBrowsable(EditorBrowsableState.Never)]
public sealed class HarmlessLogger(ILogger inner) : ILogger
{
    /// <summary>Begins none: what it passes on is complete.</summary>
    /// <typeparam name="TState">The scope's type.</typeparam>
    /// <param name="state">The scope.</param>
    /// <returns>Null.</returns>
    public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

    /// <summary>Always: what the logger says of itself may throw, too.</summary>
    /// <param name="logLevel">The level.</param>
    /// <returns>True.</returns>
    public bool IsEnabled(LogLevel logLevel) => true;

    /// <inheritdoc/>
    public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
    {
        try
        {
            inner.Log(logLevel, eventId, state, exception, formatter);
        }
        catch (Exception)
        {
            // There is nowhere to say it.
        }
    }
}

namespace Resilience.Client;

/// <summary>
/// How much time the work at hand has left, an incoming request for example. Calls made within <see cref="Begin"/> end by then at the latest;
/// their own <see cref="BackendOptions.Timeout"/> wins if it is shorter. Flows with async code, like an <see cref="AsyncLocal{T}"/>.
/// </summary>
/// <example>
/// In middleware: <c>using (CallDeadline.Begin(TimeSpan.FromSeconds(2))) await next(context);</c>
/// </example>
public static class CallDeadline
{
    private static readonly AsyncLocal<Scope?> Current = new();
    private static volatile bool _used; // Until somebody begins one, a call does not pay for looking.

    /// <summary>What is left of the innermost deadline, at least 0; <see langword="null"/> outside of any.</summary>
    public static TimeSpan? Left => _used && Current.Value is { } scope ? scope.Left : null;

    /// <summary>Limits calls to <paramref name="time"/> from now, until disposed; an outer deadline that is shorter stays in force.</summary>
    /// <param name="time">0 or more.</param>
    /// <param name="clock">What it is measured with; default the system's.</param>
    /// <exception cref="ArgumentOutOfRangeException"><paramref name="time"/> is negative.</exception>
    public static IDisposable Begin(TimeSpan time, TimeProvider? clock = null)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(time, TimeSpan.Zero);
        _used = true;
        var outer = Current.Value;
        var scope = new Scope(outer is not null && outer.Left < time ? outer.Left : time, outer, clock ?? TimeProvider.System);
        Current.Value = scope;
        return scope;
    }

    private sealed class Scope(TimeSpan time, Scope? outer, TimeProvider clock) : IDisposable
    {
        private readonly long _began = clock.GetTimestamp();

        public TimeSpan Left => clock.GetElapsedTime(_began) is var passed && passed < time ? time - passed : TimeSpan.Zero;

        public void Dispose() => Current.Value = outer;
    }
}

using System.Collections.Concurrent;

namespace Resilience.Health;

/// <summary>
/// Keeps a service starting until it is disposed of: what a startup gate works with. Made by <see cref="IHealthEvaluator.HoldStart"/>. Safe for use by many threads.
/// </summary>
public sealed class StartHold : IDisposable
{
    private readonly HealthEvaluator _evaluator;
    private readonly ConcurrentDictionary<string, StartPace> _awaited = new(StringComparer.OrdinalIgnoreCase);
    private bool _isReleased;

    internal StartHold(HealthEvaluator evaluator) => _evaluator = evaluator;

    /// <summary>
    /// These checks do not run before they are awaited, or the hold is disposed of. Has an effect before the host starts only.
    /// </summary>
    /// <param name="checks">Names, which are not case-sensitive.</param>
    public void Postpone(IEnumerable<string> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        foreach (var check in checks)
            _evaluator.PaceOf(check).Postpone();
    }

    /// <summary>
    /// Somebody waits for these checks from now on. They run now; while they fail, again after 2 % of the time waited, 20 ms to 500 ms, so that what has come up shows soon; while they are
    /// well, every second, so that what is gone again shows. They take places of their own, as many as <see cref="HealthOptions.MaxConcurrent"/>, and only until they have handed back their thread; where nothing else is configured for the check itself, a run is
    /// given up after 2 s at first and after a quarter of the time waited later, <see cref="HealthOptions.Timeout"/> at most, so that one that hangs does not hide the next.
    /// </summary>
    /// <param name="checks">Names, which are not case-sensitive.</param>
    public void Await(IEnumerable<string> checks)
    {
        ArgumentNullException.ThrowIfNull(checks);
        foreach (var check in checks)
        {
            var pace = _awaited[check] = _evaluator.PaceOf(check);
            pace.Await();
        }
    }

    /// <summary>
    /// Nobody waits for these checks any longer: they run as configured again, and their changes are logged. The service is held all the same: for a start that goes on before it is ready.
    /// </summary>
    public void Rest()
    {
        foreach (var pace in _awaited.Values)
            pace.Release();
    }

    /// <summary>Lets the service start, if nobody else holds it: whatever its checks say, once each has run. They run as configured again.</summary>
    public void Dispose()
    {
        if (!Interlocked.Exchange(ref _isReleased, true))
            _evaluator.Release();
    }
}

using System.Globalization;

namespace Resilience.Health;

/// <summary>
/// Asks on a thread of its own, so that nothing can hold the probe up: not a name server, a full socket, a drip of bytes, or a file that is a pipe.
/// The asking itself is plain blocking code, which starts in the least time.
/// </summary>
internal sealed class ProbeRun
{
    private readonly ProbeTarget _target;
    private readonly object _lock = new(); // Waited on, which a Lock cannot be.
    private ProbeVerdict? _verdict;
    private volatile HttpExchange? _exchange;

    private ProbeRun(ProbeTarget target) => _target = target;

    public static ProbeRun Start(ProbeTarget target)
    {
        var run = new ProbeRun(target);
        new Thread(run.Ask) { IsBackground = true, Name = "Health check" }.Start();
        return run;
    }

    /// <summary>
    /// The verdict, at the latest after this long. It does not wait for the connection to be closed, which costs milliseconds. Nor does it end what hangs: closing a socket
    /// waits for whatever blocks on it, and the end of the process takes all with it.
    /// </summary>
    public ProbeVerdict Wait(TimeSpan deadline)
    {
        lock (_lock)
        {
            if (_verdict is null)
                Monitor.Wait(_lock, deadline);
            return _verdict ?? ProbeVerdict.Bad(
                string.Create(CultureInfo.InvariantCulture, $"no {_exchange?.Awaited ?? "answer from"} {_target.Shown} within {deadline.TotalSeconds:0.#} s"));
        }
    }

    private void Ask()
    {
        try
        {
            if (_target.File is { } file)
            {
                End(HeartbeatFile.Read(file, DateTimeOffset.UtcNow));
                return;
            }

            using var exchange = new HttpExchange(_target);
            _exchange = exchange;
            End(exchange.Run());
        }
        catch (Exception e)
        {
            End(ProbeVerdict.Bad($"{ProbeFault.Of(e)} {_target.Shown}"));
        }
    }

    private void End(ProbeVerdict verdict)
    {
        lock (_lock)
        {
            _verdict ??= verdict; // What closing the connection says afterwards changes nothing.
            Monitor.Pulse(_lock);
        }
    }
}

using System.Globalization;

namespace Resilience.Hosting;

/// <summary>What systemd says to a service in its environment. See sd_notify(3) and sd_watchdog_enabled(3).</summary>
/// <param name="Socket">Where to send notifications; null where nobody listens.</param>
/// <param name="WatchdogPeriod">Within which time a ping must arrive; null without a watchdog, and in a process that it is not about.</param>
/// <param name="IsUnit">Whether a unit has started it, or somebody whom a unit has started.</param>
internal sealed record SystemdEnvironment(string? Socket, TimeSpan? WatchdogPeriod, bool IsUnit = false)
{
    private const string SocketVariable = "NOTIFY_SOCKET";

    private static volatile SystemdEnvironment? _taken;

    /// <summary>
    /// Reads it, and takes the socket out of this process' environment: programs that it starts must not speak for it, nor must the platform's own lifetime for systemd, which would
    /// say that all is ready before the gate has opened. It is remembered for another host of this process, after one that could not start, say.
    /// </summary>
    public static SystemdEnvironment Take()
    {
        var environment = Of(Environment.GetEnvironmentVariable, Environment.ProcessId);
        if (environment.Socket is null)
            return _taken ?? environment;
        Environment.SetEnvironmentVariable(SocketVariable, null);
        return _taken = environment;
    }

    /// <summary>For tests, which all run in one process.</summary>
    internal static void Forget() => _taken = null;

    public static SystemdEnvironment Of(Func<string, string?> variable, int processId)
    {
        var socket = variable(SocketVariable) is { Length: > 0 } path ? path : null;
        var isOurs = variable("WATCHDOG_PID") is not { Length: > 0 } process || process == processId.ToString(CultureInfo.InvariantCulture);
        var period = long.TryParse(variable("WATCHDOG_USEC"), NumberStyles.None, CultureInfo.InvariantCulture, out var microseconds)
            && microseconds is > 0 and < long.MaxValue / TimeSpan.TicksPerMicrosecond
            ? TimeSpan.FromTicks(microseconds * TimeSpan.TicksPerMicrosecond)
            : (TimeSpan?)null;
        return new(socket, socket is not null && isOurs ? period : null, socket is not null && variable("INVOCATION_ID") is { Length: > 0 });
    }
}

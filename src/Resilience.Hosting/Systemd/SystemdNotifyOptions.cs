namespace Resilience.Hosting;

/// <summary>What systemd is told: section <c>Systemd</c>, then the delegate of <c>AddSystemdNotify</c>. Read once, at start. Unknown keys and wrong values stop the host at start, also where there is no systemd.</summary>
public sealed class SystemdNotifyOptions
{
    /// <summary>
    /// Whether the start's time limit (<c>TimeoutStartSec</c>) is extended while the startup gate waits: by 20 s, every 10 s, as long as the evaluator of health checks moves. Default true.
    /// </summary>
    public bool ExtendStart { get; set; } = true;

    /// <summary>Whether the watchdog is pinged where the unit has one (<c>WatchdogSec</c>). Default true. Without pings systemd kills the service.</summary>
    public bool Watchdog { get; set; } = true;

    /// <summary>
    /// Whether SIGHUP reloads the configuration, with <c>RELOADING=1</c> before and <c>READY=1</c> after it: for units with <c>ExecReload=kill -HUP $MAINPID</c> or <c>Type=notify-reload</c>. Default false: SIGHUP ends the
    /// process, as everywhere. Without systemd it has no effect.
    /// </summary>
    public bool ReloadOnHangup { get; set; }

    // What reading the configuration found wrong.
    internal List<string> ReadFaults { get; } = [];
}

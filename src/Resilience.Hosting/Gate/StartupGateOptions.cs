namespace Resilience.Hosting;

/// <summary>What the host does while the startup gate waits.</summary>
public enum GateMode
{
    /// <summary><see cref="Serve"/> where a web server is registered, else <see cref="Hold"/>.</summary>
    Auto,

    /// <summary>
    /// Everything starts, so that ports open: liveness answers 200, readiness and startup 503 <c>starting</c>, everything else 503 with <c>Retry-After</c> (<see cref="HealthOptions.RefuseWhileStarting"/>). What else must wait
    /// awaits <see cref="IStartupGate.WaitAsync"/>.
    /// </summary>
    Serve,

    /// <summary>Hosted services start once the gate is open, and not before. For workers.</summary>
    Hold,
}

/// <summary>
/// What the startup gate waits for, and for how long: section <c>StartupGate</c>, then the delegate of <c>AddStartupGate</c>. Read once, at start. Wrong values and unknown keys stop the host at start,
/// together with all other faults of health checks, in one message.
/// </summary>
public sealed class StartupGateOptions
{
    /// <summary>What the host does meanwhile. Default <see cref="GateMode.Auto"/>.</summary>
    public GateMode Mode { get; set; }

    /// <summary>When what is required must be there, counted from the start. Default 60 s; 100 ms to 24 hours.</summary>
    public TimeSpan Timeout { get; set; } = TimeSpan.FromSeconds(60);

    /// <summary>
    /// How long what is optional is waited for, counted from the start of its stage; then the start goes on without it, degraded. Default 10 s; 0 to 24 hours.
    /// </summary>
    public TimeSpan OptionalTimeout { get; set; } = TimeSpan.FromSeconds(10);

    /// <summary>How often a line of the log says what is missing; a twelfth as often after <see cref="Timeout"/>. Default 5 s; 100 ms to 1 hour.</summary>
    public TimeSpan ReportPeriod { get; set; } = TimeSpan.FromSeconds(5);

    /// <summary>
    /// Never give up: after <see cref="Timeout"/>, and after a failure that waiting cannot mend, the service goes on waiting, live and not ready. Default false: the host stops and the process
    /// ends with exit code 69.
    /// </summary>
    public bool KeepWaiting { get; set; }

    /// <summary>Settings of single checks, by name. Names are not case-sensitive; each must be a check's that is tagged <see cref="CheckTags.Startup"/>.</summary>
    public IDictionary<string, StartupCheckOptions> Checks { get; } = new Dictionary<string, StartupCheckOptions>(StringComparer.OrdinalIgnoreCase);

    /// <summary>The settings of a check, made if there are none yet.</summary>
    /// <param name="name">The check's name.</param>
    /// <returns>Its settings.</returns>
    public StartupCheckOptions Check(string name)
    {
        ArgumentException.ThrowIfNullOrWhiteSpace(name);
        if (!Checks.TryGetValue(name, out var options))
            Checks[name] = options = new();
        return options;
    }

    // What reading the configuration found wrong, to be said together with the rest.
    internal List<string> ReadFaults { get; } = [];
}

/// <summary>How the startup gate waits for one check: section <c>StartupGate:Checks:&lt;name&gt;</c>.</summary>
public sealed class StartupCheckOptions
{
    /// <summary>Whether the service cannot start without it. Default: whether the check is critical (see <see cref="CheckOptions.Critical"/>).</summary>
    public bool? Required { get; set; }

    /// <summary>
    /// How long it is waited for, counted from the start of its stage; what is required and gone again is waited for anew. Default: as long as the gate waits if it is required, else
    /// <see cref="StartupGateOptions.OptionalTimeout"/>. 0 to 24 hours, and never longer than the gate waits.
    /// </summary>
    public TimeSpan? Timeout { get; set; }

    /// <summary>
    /// Stages are waited for one after the other, lowest first; a check does not run before its stage. Default 0; 0 to 100.
    /// </summary>
    public int Stage { get; set; }
}

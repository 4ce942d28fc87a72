using System.Globalization;

namespace Resilience.TestKit;

/// <summary>
/// A real systemd that runs the unit files given to it and nothing else, as PID 1 of namespaces of its own; several may run side by side. Ordinary unit files load unchanged. There is no journal: what services print is
/// in <see cref="Log"/>. All of it is gone when this is disposed, and when the tests die.
/// </summary>
public sealed class SystemdLab : IDisposable
{
    // What ordinary units refer to. They do nothing here.
    private static readonly string[] Targets = ["sysinit", "basic", "local-fs", "network", "network-online", "sockets", "timers", "paths", "multi-user", "shutdown", "lab"];

    private static int _number;

    private readonly TemporaryFolder _folder = new();
    private readonly string _group = $"{LabGround.Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _number)}";
    private int _dropIns;
    private Daemon? _daemon;
    private int _systemd;
    private bool _isGone;

    public SystemdLab()
    {
        foreach (var folder in new[] { "units", "logs", "mounts" })
            Directory.CreateDirectory(Inside(folder));
        foreach (var target in Targets)
            AddUnit($"{target}.target", $"[Unit]\nDescription={target}\nDefaultDependencies=no\n");
        Configure("service", "[Service]\nStandardOutput=append:/run/lab/logs/%n\nStandardError=inherit");
    }

    /// <summary>Why there can be none here, for tests to say when they skip; null if there can. Where root runs continuous integration it is null all the same: there a lab that does not boot is a failure.</summary>
    public static string? Obstacle => LabGround.Obstacle;

    /// <summary>The process whose death ends the lab.</summary>
    public int Id => _daemon?.Id ?? throw new InvalidOperationException("Not booted.");

    /// <summary>Everything that systemd said: starts, exits, watchdogs.</summary>
    public string SystemdLog => Log("systemd");

    /// <summary>Adds a unit, or replaces it. Once booted, <c>daemon-reload</c> follows.</summary>
    public void AddUnit(string name, string text)
    {
        File.WriteAllText(Inside($"units/{name}"), text);
        if (!name.EndsWith(".target", StringComparison.Ordinal))
            Configure("lab.target", $"[Unit]\nAfter={name}"); // Does not start it. But systemd forgets a unit that has stopped and that nobody mentions.
    }

    /// <summary>Adds every unit file of a folder, as it is.</summary>
    public void AddUnits(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(folder).Where(file => Path.GetExtension(file) is ".service" or ".target" or ".timer" or ".socket"))
            AddUnit(Path.GetFileName(file), File.ReadAllText(file));
    }

    /// <summary>Adds a drop-in, which wins over those before it.</summary>
    /// <param name="unit">A unit's full name; or <c>service</c>, for all of them.</param>
    /// <param name="text">With its section's head.</param>
    public void Configure(string unit, string text)
    {
        Directory.CreateDirectory(Inside($"units/{unit}.d"));
        File.WriteAllText(Inside(string.Create(CultureInfo.InvariantCulture, $"units/{unit}.d/{++_dropIns:00}.conf")), text);
    }

    /// <summary>Shows a folder of this machine at another path, in the lab alone.</summary>
    public void Mount(string folder, string path)
    {
        var link = Inside($"mounts{path}");
        Directory.CreateDirectory(Path.GetDirectoryName(link) ?? throw new ArgumentException("The root cannot be covered.", nameof(path)));
        File.CreateSymbolicLink(link, Path.GetFullPath(folder));
    }

    public async Task<SystemdLab> BootAsync()
    {
        await LabGround.SweepStaleAsync();
        var daemon = _daemon = Daemon.Start("sh", [LabGround.Script, "boot", _folder.Path, _group]);
        await Eventually.IsTrueAsync(() => daemon.HasExited || FirstChild(daemon.Id) is { } child && (_systemd = child) > 0 && SystemdLog.Contains("Startup finished", StringComparison.Ordinal), "systemd has booted");
        return daemon.HasExited ? throw new InvalidOperationException($"systemd did not boot: {daemon.Output}{SystemdLog}") : this;
    }

    /// <summary>Runs a program in there, to its end.</summary>
    public async Task<(int Code, string Output)> RunAsync(string program, params string[] arguments)
    {
        using var daemon = Daemon.Start("nsenter", ["-t", _systemd.ToString(CultureInfo.InvariantCulture), "-m", "-u", "-i", "-p", "-C", "--", program, .. arguments]);
        return (await daemon.ExitAsync(), daemon.Output);
    }

    /// <summary>Fails with what systemctl and systemd said, unless it succeeds.</summary>
    public async Task<string> SystemctlAsync(params string[] arguments)
    {
        var (code, output) = await RunAsync("systemctl", arguments);
        return code == 0 ? output : throw new InvalidOperationException($"systemctl {string.Join(' ', arguments)} ended with {code}: {output}\n{SystemdLog}");
    }

    /// <summary>What a person sees who asks for the unit's status.</summary>
    public async Task<string> StatusAsync(string unit) => (await RunAsync("systemctl", "status", "--no-pager", "--full", unit)).Output; // Ends with 3 when it is not active.

    public Task<string> ShowAsync(string unit, string property) => SystemctlAsync("show", "--value", "--property", property, unit);

    /// <summary>The unit's main process, by its number outside. Fails if there is none.</summary>
    public async Task<int> ProcessAsync(string unit) =>
        LabGround.Outside(_systemd, int.Parse(await ShowAsync(unit, "MainPID"), CultureInfo.InvariantCulture))
            ?? throw new InvalidOperationException($"{unit} has no main process.\n{SystemdLog}");

    /// <summary>When something was, by <see cref="System.Diagnostics.Stopwatch.GetTimestamp"/>'s clock; 0 for never.</summary>
    /// <param name="unit">The unit.</param>
    /// <param name="property">Such as <c>ActiveEnterTimestamp</c>.</param>
    public async Task<long> WhenAsync(string unit, string property) =>
        long.Parse(await ShowAsync(unit, $"{property}Monotonic"), CultureInfo.InvariantCulture) * (System.Diagnostics.Stopwatch.Frequency / 1_000_000);

    /// <summary>Waits until a unit's property is as wanted.</summary>
    public Task UntilAsync(string unit, string property, string value) => UntilAsync(unit, property, said => said == value, value);

    public async Task UntilAsync(string unit, string property, Func<string, bool> wanted, string what)
    {
        var said = "";
        using var timer = new PeriodicTimer(TimeSpan.FromMilliseconds(20));
        for (var began = Environment.TickCount64; Environment.TickCount64 - began < 60_000; await timer.WaitForNextTickAsync(CancellationToken.None))
        {
            if (wanted(said = await ShowAsync(unit, property)))
                return;
        }

        throw new TimeoutException($"{property} of {unit} is '{said}' and not '{what}'.\n{await StatusAsync(unit)}\n{Log(unit)}\n{SystemdLog}");
    }

    /// <summary>All that a unit printed, through every one of its starts.</summary>
    public string Log(string unit)
    {
        var file = Inside($"logs/{unit}");
        return File.Exists(file) ? File.ReadAllText(file) : "";
    }

    public void Dispose()
    {
        if (_isGone)
            return;
        _isGone = true;
        if (_daemon is not null)
        {
            _daemon.Dispose();
            LabGround.SweepAsync(_group).GetAwaiter().GetResult();
        }

        _folder.Dispose();
    }

    private string Inside(string path) => Path.Combine(_folder.Path, path);

    private static int? FirstChild(int process)
    {
        try
        {
            var children = File.ReadAllText($"/proc/{process}/task/{process}/children").Split(' ', StringSplitOptions.RemoveEmptyEntries);
            return children.Length > 0 ? int.Parse(children[0], CultureInfo.InvariantCulture) : null;
        }
        catch (IOException) // It has just ended.
        {
            return null;
        }
    }
}

using System.Globalization;

namespace Resilience.TestKit;

/// <summary>The machine under the labs: whether there can be any, and what dead ones left behind.</summary>
internal static class LabGround
{
    /// <summary>Of the labs' control groups. The number of the process that made them follows.</summary>
    public const string Prefix = "resilience-lab-";

    public static string Script { get; } = Path.Combine(AppContext.BaseDirectory, "Systemd", "lab.sh");

    private static readonly Lazy<string?> Found = new(Find);
    private static readonly Lazy<Task> Swept = new(() => Daemon.RunAsync("sh", Script, "stale", Prefix));

    public static string? Obstacle => Found.Value;

    /// <summary>Ends what is left in a lab's control group, and removes it.</summary>
    public static Task SweepAsync(string group) => Daemon.RunAsync("sh", Script, "sweep", group);

    /// <summary>Removes the control groups of tests that were killed. Their processes are gone.</summary>
    public static Task SweepStaleAsync() => Swept.Value;

    /// <summary>The number, here, of a process that the lab knows by another; null if there is none.</summary>
    public static int? Outside(int systemd, int inside)
    {
        var space = PidSpace(systemd);
        foreach (var folder in Directory.EnumerateDirectories("/proc").Where(folder => char.IsAsciiDigit(Path.GetFileName(folder)[0])))
        {
            try
            {
                var id = int.Parse(Path.GetFileName(folder), CultureInfo.InvariantCulture);
                var names = File.ReadLines($"{folder}/status").First(line => line.StartsWith("NSpid:", StringComparison.Ordinal)).Split('\t');
                if (names[^1] == inside.ToString(CultureInfo.InvariantCulture) && names.Length > 2 && PidSpace(id) == space)
                    return id;
            }
            catch (Exception e) when (e is IOException or InvalidOperationException or UnauthorizedAccessException)
            {
                // Ended meanwhile.
            }
        }

        return null;
    }

    private static string? PidSpace(int process) => File.ResolveLinkTarget($"/proc/{process}/ns/pid", returnFinalTarget: false)?.Name;

    private static string? Find()
    {
        if (Environment.GetEnvironmentVariable("CI") == "true" && Environment.IsPrivilegedProcess && OperatingSystem.IsLinux())
            return null;
        if (!OperatingSystem.IsLinux())
            return "systemd is Linux' own.";
        if (!Environment.IsPrivilegedProcess)
            return "A private systemd needs root.";
        foreach (var file in new[] { "/lib/systemd/systemd", "/usr/bin/systemctl", "/usr/bin/unshare", "/usr/bin/nsenter" })
        {
            if (!File.Exists(file))
                return $"{file} is missing: install systemd and util-linux.";
        }

        using var attempt = Daemon.Start("sh", [Script, "possible"]);
        return attempt.ExitAsync().GetAwaiter().GetResult() == 0 ? null : $"This machine does not let a private systemd boot: {attempt.Output}";
    }
}

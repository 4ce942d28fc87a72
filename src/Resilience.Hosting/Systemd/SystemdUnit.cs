using System.Diagnostics;
using System.Globalization;

namespace Resilience.Hosting;

/// <summary>The unit that a process belongs to.</summary>
/// <param name="Name">With its suffix.</param>
/// <param name="IsOfUser">Whether it is one of a user's systemd, not of the machine's.</param>
internal sealed record SystemdUnit(string Name, bool IsOfUser)
{
    private const string Suffix = ".service";

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <param name="cgroups">What <c>/proc/self/cgroup</c> says: systemd keeps a group per unit. See cgroups(7).</param>
    /// <returns>Null if it is in none.</returns>
    public static SystemdUnit? Of(string cgroups)
    {
        foreach (var line in cgroups.Split('\n').Select(line => line.Split(':', 3)))
        {
            if (line is not ([_, "", _] or [_, "name=systemd", _]))
                continue;
            var parts = line[2].Split('/');
            var service = Array.FindLastIndex(parts, part => part.EndsWith(Suffix, StringComparison.Ordinal)); // Below it are groups of its own making.
            if (service >= 0)
                return new(parts[service], parts.Take(service).Any(part => part.StartsWith("user@", StringComparison.Ordinal)));
        }

        return null;
    }

    /// <summary>How often systemd has restarted this process' unit by itself.</summary>
    /// <exception cref="Exception">It cannot be told, for many reasons.</exception>
    public static async Task<long> RestartsAsync()
    {
        var unit = Of(await File.ReadAllTextAsync("/proc/self/cgroup").ConfigureAwait(false)) ?? throw new InvalidOperationException("This process is in no unit's cgroup.");
        using var patience = new CancellationTokenSource(Patience);
        using var systemctl = new Process { StartInfo = new("systemctl", unit.Question) { RedirectStandardOutput = true, RedirectStandardError = true } };
        systemctl.Start();
        try
        {
            var errors = systemctl.StandardError.ReadToEndAsync(patience.Token);
            var answer = await systemctl.StandardOutput.ReadToEndAsync(patience.Token).ConfigureAwait(false);
            return long.TryParse(answer.AsSpan().Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var restarts) ? restarts
                : throw new InvalidOperationException($"systemctl says nothing of use: {answer}{await errors.ConfigureAwait(false)}".Trim());
        }
        catch (OperationCanceledException)
        {
            systemctl.Kill();
            throw new TimeoutException($"systemctl gave no answer within {Patience.TotalSeconds} s.");
        }
    }

    private IEnumerable<string> Question => [.. IsOfUser ? new[] { "--user" } : [], "show", "--property=NRestarts", "--value", "--", Name];
}

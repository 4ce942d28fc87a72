using System.Globalization;

namespace Resilience.Health;

/// <summary>The memory that this process shares with its container or cgroup, and the limit at which the kernel ends it.</summary>
internal static class ContainerMemory
{
    /// <summary>Bytes in use and the most there may be. Never throws.</summary>
    public static (long Used, long Limit) Read()
    {
        var machine = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes;
        return OperatingSystem.IsLinux() ? Read("/", Environment.WorkingSet, machine) : (Environment.WorkingSet, machine);
    }

    /// <param name="root">The folder that stands for <c>/</c>.</param>
    /// <param name="workingSet">Bytes of this process, for where no limit is set.</param>
    /// <param name="machine">Bytes of the machine, for where it does not say itself.</param>
    internal static (long Used, long Limit) Read(string root, long workingSet, long machine)
    {
        try
        {
            // The garbage collector's own limit, if set, is not the kernel's: ask the kernel what the machine has.
            if (Text(root, "proc/meminfo") is { } meminfo && Field(meminfo, "MemTotal:") is { } kibibytes)
                machine = kibibytes * 1024;
            return Cgroup.Find(root)?.Tightest(machine) ?? (workingSet, machine);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or ArgumentException or NotSupportedException)
        {
            return (workingSet, machine);
        }
    }

    internal static string? Text(string folder, string file)
    {
        try
        {
            return File.ReadAllText(Path.Combine(folder, file));
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }

    /// <summary>The number after a word at the beginning of a line; null also if it is no number, as in <c>max</c>.</summary>
    internal static long? Field(string text, string word) =>
        (from line in text.Split('\n')
         let parts = line.Split(' ', StringSplitOptions.RemoveEmptyEntries)
         where parts.Length > 1 && parts[0] == word
         select Number(parts[1])).FirstOrDefault();

    internal static long? Number(string? text) => long.TryParse(text?.Trim(), NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? number : null;
}

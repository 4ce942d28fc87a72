namespace Resilience.Health;

/// <summary>
/// The memory cgroup that this process is in. Version 1 where its memory controller is mounted, which it is on hybrid systems also; else version 2.
/// Formats: https://docs.kernel.org/admin-guide/cgroup-v2.html and …/cgroup-v1/memory.html, proc_pid_mountinfo(5).
/// </summary>
/// <param name="Mount">The folder where the hierarchy is mounted.</param>
/// <param name="Path">This process's cgroup, relative to it.</param>
/// <param name="Files">What the version calls its files.</param>
internal sealed record Cgroup(string Mount, string Path, Cgroup.Names Files)
{
    public static readonly Names V1 = new("memory.limit_in_bytes", "memory.usage_in_bytes", "total_inactive_file");
    public static readonly Names V2 = new("memory.max", "memory.current", "inactive_file");

    /// <param name="Limit">The file that holds the limit.</param>
    /// <param name="Usage">The file that holds what is used, file cache included.</param>
    /// <param name="Droppable">The field of <c>memory.stat</c> that holds the file cache which the kernel drops first.</param>
    internal sealed record Names(string Limit, string Usage, string Droppable);

    /// <param name="root">The folder that stands for <c>/</c>.</param>
    public static Cgroup? Find(string root)
    {
        var memberships = ContainerMemory.Text(root, "proc/self/cgroup")?.Split('\n').Select(line => line.Split(':', 3)).Where(line => line.Length == 3).ToList();
        var mounts = ContainerMemory.Text(root, "proc/self/mountinfo")?.Split('\n');
        if (memberships is null || mounts is null)
            return null;
        var v1 = memberships.Find(line => line[1].Split(',').Contains("memory"));
        return (v1 is null ? null : At(root, mounts, v1[2], V1)) ?? (memberships.Find(line => line[0] == "0") is { } v2 ? At(root, mounts, v2[2], V2) : null);
    }

    /// <summary>The lowest limit from here up, and what is used of it; null if there is none below what the machine has.</summary>
    public (long Used, long Limit)? Tightest(long machine)
    {
        (long Used, long Limit)? tightest = null;
        for (var path = Path; ; path = Parent(path))
        {
            var folder = System.IO.Path.Combine(Mount, path);
            // Unlimited is "max" in version 2, and more than any machine has in version 1.
            if (ContainerMemory.Number(ContainerMemory.Text(folder, Files.Limit)) is { } limit and > 0 && limit < machine && limit < (tightest?.Limit ?? long.MaxValue)
                && ContainerMemory.Number(ContainerMemory.Text(folder, Files.Usage)) is { } usage)
            {
                var droppable = ContainerMemory.Text(folder, "memory.stat") is { } stat ? ContainerMemory.Field(stat, Files.Droppable) ?? 0 : 0;
                tightest = (Math.Max(0, usage - droppable), limit);
            }

            if (path.Length == 0)
                return tightest;
        }
    }

    private static string Parent(string path) => path.LastIndexOf('/') is >= 0 and var slash ? path[..slash] : "";

    private static Cgroup? At(string root, string[] mounts, string path, Names files)
    {
        foreach (var mount in mounts)
        {
            // 32 31 0:29 /the/root /the/mount/point rw,relatime shared:9 - cgroup cgroup rw,memory
            var halves = mount.Split(" - ", 2);
            var place = halves[0].Split(' ');
            var kind = halves.Length == 2 ? halves[1].Split(' ') : [];
            if (place.Length < 5 || kind.Length < 3)
                continue;
            if (files == V2 ? kind[0] != "cgroup2" : kind[0] != "cgroup" || !kind[2].Split(',').Contains("memory"))
                continue;
            return new Cgroup(System.IO.Path.Combine(root, Unescaped(place[4]).TrimStart('/')), Below(Unescaped(place[3]), path), files);
        }

        return null;
    }

    // In a container without a cgroup namespace the path is the host's, and the mount shows only the part of it below its root.
    private static string Below(string mountRoot, string path)
    {
        if (path.Contains("..", StringComparison.Ordinal))
            return ""; // Outside of what this namespace shows.
        var prefix = mountRoot.TrimEnd('/');
        var isBelow = path == prefix || path.StartsWith(prefix + "/", StringComparison.Ordinal);
        return isBelow ? path[prefix.Length..].Trim('/') : "";
    }

    private static string Unescaped(string field) => field.Replace("\\040", " ", StringComparison.Ordinal);
}

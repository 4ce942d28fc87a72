using Xunit;

namespace Resilience.Health.Tests.Process;

/// <summary>Over folders that look like <c>/proc</c> and <c>/sys/fs/cgroup</c> of the machines we know of.</summary>
public sealed class ContainerMemoryTests : IDisposable
{
    private const long WorkingSet = 11, Machine = 1_000_000;
    private const string V2Mount = "24 23 0:21 / /sys/fs/cgroup rw,nosuid - cgroup2 cgroup2 rw,nsdelegate\n";
    private const string V1Mount = "31 23 0:27 / /sys/fs/cgroup rw - tmpfs tmpfs rw\n32 31 0:28 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n";

    private readonly string _root = Directory.CreateTempSubdirectory("cgroup-").FullName;

    public ContainerMemoryTests() => Write("proc/meminfo", "MemTotal:           1000 kB\nMemFree:  10 kB\n"); // 1,024,000 bytes

    public void Dispose() => Directory.Delete(_root, recursive: true);

    [Fact]
    public void Container_with_its_own_namespace_has_its_limit_at_the_root()
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", V2Mount);
        V2("", "2000", 900, 300);

        Assert.Equal((600, 2000), Read());
    }

    [Fact]
    public void Tightest_limit_on_the_way_up_counts_with_what_is_used_of_it()
    {
        Write("proc/self/cgroup", "0::/system.slice/app.service/worker\n");
        Write("proc/self/mountinfo", V2Mount);
        V2("system.slice/app.service/worker", "max", 100, 10);
        V2("system.slice/app.service", "5000", 700, 50);
        V2("system.slice", "9000", 800, 0);

        Assert.Equal((650, 5000), Read());
        V2("system.slice", "4000", 3900, 400);
        Assert.Equal((3500, 4000), Read());
    }

    [Fact]
    public void Service_without_limit_has_the_machines_memory_and_its_own_use()
    {
        Write("proc/self/cgroup", "0::/user.slice\n");
        Write("proc/self/mountinfo", V2Mount);
        V2("user.slice", "max", 500, 0);

        Assert.Equal((WorkingSet, 1_024_000), Read());
    }

    [Fact]
    public void Limit_above_the_machines_memory_is_none()
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", V2Mount);
        V2("", "1024000", 500, 0);

        Assert.Equal((WorkingSet, 1_024_000), Read());
    }

    [Fact]
    public void Path_of_the_host_is_read_below_what_is_mounted()
    {
        Write("proc/self/cgroup", "0::/docker/abc/inner\n");
        Write("proc/self/mountinfo", V2Mount.Replace("0:21 / ", "0:21 /docker/abc ", StringComparison.Ordinal));
        V2("inner", "max", 1, 0);
        V2("", "3000", 1000, 0);

        Assert.Equal((1000, 3000), Read());
    }

    [Theory]
    [InlineData("/docker/abc", "/docker/abc", "")]
    [InlineData("/docker/abcd", "/docker/abc", "")] // Not below it, though it begins so.
    [InlineData("/../../other", "/", "")]
    [InlineData("/a b", "/", "a b")]
    public void Path_leads_to_its_folder(string path, string mountRoot, string folder)
    {
        Write("proc/self/cgroup", $"0::{path}\n");
        Write("proc/self/mountinfo", V2Mount.Replace("0:21 / ", $"0:21 {mountRoot} ", StringComparison.Ordinal));
        V2("d", "2000", 1, 0); // What is left of /docker/abcd if its beginning is cut off.
        V2(folder, "3000", 1000, 0);

        Assert.Equal((1000, 3000), Read());
    }

    [Fact]
    public void Version_one_is_read_by_its_own_names()
    {
        Write("proc/self/cgroup", "9:cpu,cpuacct:/app\n4:memory:/app/one\n0::/\n");
        Write("proc/self/mountinfo", V1Mount + "35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n");
        V1("app/one", 9223372036854771712, 100, 10);
        V1("app", 6000, 2000, 500);
        V1("", 9223372036854771712, 9999, 10);

        Assert.Equal((1500, 6000), Read());
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("", "")]
    [InlineData("0::/\n", null)]
    [InlineData(null, V2Mount)]
    [InlineData("0::/nowhere\n", V2Mount)]
    [InlineData("garbage\n::\n0:", "a b c\n - - \n1 2 3 4 5 6 - cgroup2\n")]
    [InlineData("0::/\0\n", V2Mount)]
    public void Whatever_is_missing_or_odd_the_machine_remains(string? cgroup, string? mounts)
    {
        if (cgroup is not null)
            Write("proc/self/cgroup", cgroup);
        if (mounts is not null)
            Write("proc/self/mountinfo", mounts);

        Assert.Equal((WorkingSet, 1_024_000), Read());
    }

    [Theory]
    [InlineData("")]
    [InlineData("-5")]
    [InlineData("0")]
    [InlineData("99999999999999999999999")]
    [InlineData("twelve")]
    public void Limit_that_is_no_number_is_none(string limit)
    {
        Write("proc/self/cgroup", "0::/\n");
        Write("proc/self/mountinfo", V2Mount);
        V2("", limit, 1, 0);

        Assert.Equal((WorkingSet, 1_024_000), Read());
    }

    [Fact]
    public void Machine_that_does_not_say_has_what_the_runtime_says()
    {
        File.Delete(Path.Combine(_root, "proc/meminfo"));
        Assert.Equal((WorkingSet, Machine), Read());
    }

    [Fact]
    public void This_process_uses_less_than_there_is()
    {
        var (used, limit) = ContainerMemory.Read();
        Assert.InRange(used, 1, limit);
    }

    private (long, long) Read() => ContainerMemory.Read(_root, WorkingSet, Machine);

    private void V2(string folder, string limit, long usage, long inactiveFile)
    {
        Write($"sys/fs/cgroup/{folder}/memory.max", limit + "\n");
        Write($"sys/fs/cgroup/{folder}/memory.current", $"{usage}\n");
        Write($"sys/fs/cgroup/{folder}/memory.stat", $"anon 5\nactive_file 7\ninactive_file {inactiveFile}\n");
    }

    private void V1(string folder, long limit, long usage, long inactiveFile)
    {
        Write($"sys/fs/cgroup/memory/{folder}/memory.limit_in_bytes", $"{limit}\n");
        Write($"sys/fs/cgroup/memory/{folder}/memory.usage_in_bytes", $"{usage}\n");
        Write($"sys/fs/cgroup/memory/{folder}/memory.stat", $"inactive_file 3\ntotal_inactive_file {inactiveFile}\n");
    }

    private void Write(string path, string text)
    {
        var file = Path.Combine(_root, path);
        Directory.CreateDirectory(Path.GetDirectoryName(file) ?? "");
        File.WriteAllText(file, text);
    }
}

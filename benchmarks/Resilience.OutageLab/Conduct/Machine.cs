using System.Runtime.InteropServices;

namespace Resilience.OutageLab.Conduct;

internal static class Machine
{
    /// <summary>What a reader needs to judge the figures by, and nothing that names the machine.</summary>
    public static string Describe() => $"{RuntimeInformation.OSDescription.Split(' ')[0]}, {Processor()}, {Environment.ProcessorCount} cores, {RuntimeInformation.FrameworkDescription}, load {Load()}";

    private static string Processor() =>
        Read("/proc/cpuinfo").FirstOrDefault(line => line.StartsWith("model name", StringComparison.Ordinal))?.Split(':', 2)[1].Trim() ?? RuntimeInformation.ProcessArchitecture.ToString();

    private static string Load() => Read("/proc/loadavg").FirstOrDefault()?.Split(' ')[0] ?? "unknown";

    private static IEnumerable<string> Read(string file) => File.Exists(file) ? File.ReadLines(file) : [];
}

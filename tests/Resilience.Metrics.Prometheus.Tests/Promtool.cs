using System.Diagnostics;

namespace Resilience.Metrics.Prometheus.Tests;

internal static class Promtool
{
    /// <summary>What <c>promtool check metrics</c> has to say of an exposition in the text format. Nothing is best.</summary>
    public static async Task<string> CheckAsync(string exposition)
    {
        using var process = Process.Start(new ProcessStartInfo("promtool", ["check", "metrics"]) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true })
            ?? throw new InvalidOperationException("promtool did not start.");
        var (output, error) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.StandardInput.WriteAsync(exposition);
        process.StandardInput.Close();
        await process.WaitForExitAsync().Within();
        return $"{await output}{await error}{(process.ExitCode == 0 ? "" : $"exit code {process.ExitCode}")}".Trim();
    }
}

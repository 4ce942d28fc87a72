using System.Globalization;

namespace Resilience.Health;

/// <summary>That the memory this process may use is not used up.</summary>
internal sealed class MemoryCheck(MemoryCheckSettings settings, Func<(long Used, long Limit)> read) : IHealthCheck
{
    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var (used, limit) = read();
        var ratio = limit > 0 ? used / (double)limit : 0;
        var data = new Dictionary<string, object> { ["used"] = used, ["limit"] = limit, ["ratio"] = Math.Round(ratio, 3) };
        return Task.FromResult(
            ratio > settings.MaxRatio ? context.Failed(CheckErrors.MemoryHigh, Text(ratio, settings.MaxRatio), data: data)
            : ratio > settings.DegradedRatio ? CheckResults.Degraded(CheckErrors.MemoryHigh, Text(ratio, settings.DegradedRatio), data)
            : HealthCheckResult.Healthy(data: data));
    }

    private static string Text(double ratio, double bound) =>
        string.Create(CultureInfo.InvariantCulture, $"{ratio:P0} of the memory is used, more than {bound:P0}.");
}

internal sealed record MemoryCheckSettings(double DegradedRatio, double MaxRatio)
{
    public static IEnumerable<string> Faults(MemoryCheckOptions options)
    {
        if (options.MaxRatio is not (> 0 and <= 1))
            yield return string.Create(CultureInfo.InvariantCulture, $"MaxRatio is {options.MaxRatio} but must be above 0, to 1.");
        if (!(options.DegradedRatio > 0 && options.DegradedRatio <= options.MaxRatio))
            yield return string.Create(CultureInfo.InvariantCulture, $"DegradedRatio is {options.DegradedRatio} but must be above 0, to MaxRatio ({options.MaxRatio}).");
    }
}

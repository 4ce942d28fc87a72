using System.Diagnostics.Metrics;

namespace Resilience.Health;

/// <summary>The evaluator's state in numbers, read when somebody collects. What has no value yet gives none.</summary>
internal sealed class HealthGauges(HealthEvaluator evaluator, IReadOnlyCollection<string> disks)
{
    private static readonly string[] States = [Healthy, Degraded, Unhealthy, HealthSnapshot.Unknown];
    private static readonly string[] Phases = ["starting", "running", "draining"]; // As the enumeration has them.

    private const string Healthy = "healthy", Degraded = "degraded", Unhealthy = "unhealthy";

    private IReadOnlyList<CheckSnapshot> Checks => evaluator.Current.Checks;

    public static string Word(CheckSnapshot check) => !check.IsKnown ? HealthSnapshot.Unknown : check.Status switch
    {
        HealthStatus.Healthy => Healthy,
        HealthStatus.Degraded => Degraded,
        _ => Unhealthy,
    };

    public IEnumerable<Measurement<int>> CheckStatus() =>
        from check in Checks
        let word = Word(check)
        from state in States
        select new Measurement<int>(
            word == state ? 1 : 0, new(TelemetryNames.Tags.Check, check.Name), new(TelemetryNames.Tags.Critical, check.IsCritical ? "true" : "false"), new(TelemetryNames.Tags.Status, state));

    public IEnumerable<Measurement<double>> CheckAge() =>
        from check in Checks
        where check.CheckedAt is not null
        select Of(evaluator.Time.GetElapsedTime(check.CheckedTimestamp).TotalSeconds, check);

    public IEnumerable<Measurement<int>> Live() => [new(evaluator.Current.IsLive ? 1 : 0)];

    public IEnumerable<Measurement<int>> Ready() => [new(evaluator.Current.IsReady ? 1 : 0)];

    public IEnumerable<Measurement<int>> Phase()
    {
        var now = (int)evaluator.Current.Phase;
        return Phases.Select((phase, index) => new Measurement<int>(index == now ? 1 : 0, new KeyValuePair<string, object?>(TelemetryNames.Tags.Phase, phase)));
    }

    public IEnumerable<Measurement<double>> StartDuration() =>
        [new(evaluator.Meter.AgeAt(evaluator.Milestones.Now.StartedAt ?? evaluator.Time.GetTimestamp()).TotalSeconds)];

    public IEnumerable<Measurement<double>> DrainDuration() =>
        evaluator.Milestones.Now.DrainsSince is { } since ? [new(evaluator.Time.GetElapsedTime(since).TotalSeconds)] : [];

    public IEnumerable<Measurement<double>> Uptime() => [new(evaluator.Meter.AgeAt(evaluator.Time.GetTimestamp()).TotalSeconds)];

    public IEnumerable<Measurement<long>> MemoryUsed() => Sampled(usage => usage.MemoryUsed);

    public IEnumerable<Measurement<long>> MemoryLimit() => Sampled(usage => usage.MemoryLimit);

    public IEnumerable<Measurement<double>> Cpu() => evaluator.Meter.HasCpu ? [new(evaluator.Usage.Cpu)] : [];

    public IEnumerable<Measurement<long>> DiskFree() => OfDisks<long>("free");

    public IEnumerable<Measurement<double>> DiskUsed() => OfDisks<double>("usedRatio");

    private IEnumerable<Measurement<long>> Sampled(Func<ProcessUsage, long> value) => evaluator.Usage is { MemoryLimit: > 0 } usage ? [new(value(usage))] : [];

    // What is too old to be believed is no longer the disk's.
    private IEnumerable<Measurement<T>> OfDisks<T>(string key) where T : struct
    {
        var current = evaluator.Current;
        foreach (var name in disks)
        {
            if (current[name] is { IsKnown: true } check && check.RawData.TryGetValue(key, out var value) && value is T number)
                yield return Of(number, check);
        }
    }

    private static Measurement<T> Of<T>(T value, CheckSnapshot check) where T : struct => new(value, new KeyValuePair<string, object?>(TelemetryNames.Tags.Check, check.Name));
}

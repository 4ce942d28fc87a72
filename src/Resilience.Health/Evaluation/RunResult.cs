using System.Collections.Immutable;

namespace Resilience.Health;

/// <summary>What one run of a check came to.</summary>
internal sealed record RunResult(HealthStatus Status, string? Error, TimeSpan Latency)
{
    public string? Description { get; private init; }
    public Exception? Exception { get; private init; }
    public IReadOnlyDictionary<string, object> RawData { get; private init; } = ImmutableDictionary<string, object>.Empty;
    public IReadOnlyDictionary<string, object?> Data { get; private init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>It ended by itself, in time. Reads the result's data, which is the check's own object and may do anything.</summary>
    public static RunResult Of(HealthCheckResult result, TimeSpan latency) =>
        new(result.Status, result.Status == HealthStatus.Healthy ? null : Code(result), latency)
        {
            Description = result.Description is null ? null : Redaction.Of(result.Description),
            Exception = result.Exception,
            RawData = result.Data,
            Data = CheckData.Clean(result.Data),
        };

    public static RunResult Threw(Exception exception, HealthStatus failure, string? error, TimeSpan latency) =>
        new(failure, error ?? ErrorClassifier.Classify(exception), latency)
        {
            Description = $"{exception.GetType().Name}: {Redaction.Of(exception.Message)}",
            Exception = exception,
        };

    public static RunResult TimedOut(HealthStatus failure, string description, TimeSpan latency) =>
        new(failure, CheckErrors.Timeout, latency) { Description = description };

    private static string Code(HealthCheckResult result) =>
        result.Data.TryGetValue(CheckErrors.DataKey, out var stated) && stated is string code && IsCode(code) ? code
        : result.Exception is { } exception ? ErrorClassifier.Classify(exception)
        : result.Status == HealthStatus.Degraded ? CheckErrors.Degraded : CheckErrors.Failed;

    public static bool IsCode(string text) =>
        text.Length is > 0 and <= 40 && text.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '_');
}

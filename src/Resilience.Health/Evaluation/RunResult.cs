using System.Collections.Immutable;

namespace Resilience.Health;

/// <summary>What one run of a check came to.</summary>
internal sealed record RunResult(HealthStatus Status, string? Error, TimeSpan Latency)
{
    private const int MostData = CheckData.MostItems + 1; // One more, so that it shows that something is left out. Some never end.

    public string? Description { get; private init; }
    public Exception? Exception { get; private init; }
    public IReadOnlyDictionary<string, object> RawData { get; private init; } = ImmutableDictionary<string, object>.Empty;
    public IReadOnlyDictionary<string, object?> Data { get; private init; } = ImmutableDictionary<string, object?>.Empty;

    /// <summary>
    /// It ended by itself. Copies the result's data, which is the check's own object: reading it may throw or block, and it may be changed later.
    /// </summary>
    public static RunResult Of(HealthCheckResult said, HealthStatus failure, TimeSpan latency)
    {
        var status = Enum.IsDefined(said.Status) ? said.Status : failure;
        var data = said.Data is null ? [] : said.Data.Take(MostData).ToDictionary(pair => pair.Key, pair => pair.Value); // Null in a default result.
        return new(status, status == HealthStatus.Healthy ? null : Code(status, said.Exception, data), latency)
        {
            Description = said.Description is null ? null : Redaction.Of(said.Description),
            Exception = said.Exception,
            RawData = data,
            Data = CheckData.Clean(data),
        };
    }

    public static RunResult Threw(Exception exception, HealthStatus failure, string? error, TimeSpan latency)
    {
        var (code, text) = (error ?? CheckErrors.Exception, "");
        try
        {
            code = error ?? ErrorClassifier.Classify(exception);
            text = ": " + Redaction.Of(exception.Message);
        }
        catch (Exception) // Exceptions have code of their own.
        {
        }

        return new(failure, code, latency) { Description = exception.GetType().Name + text, Exception = exception };
    }

    public static RunResult TimedOut(HealthStatus failure, string description, TimeSpan latency) =>
        new(failure, CheckErrors.Timeout, latency) { Description = description };

    private static string Code(HealthStatus status, Exception? exception, Dictionary<string, object> data) =>
        data.TryGetValue(CheckErrors.DataKey, out var stated) && stated is string code && IsCode(code) ? code
        : exception is not null ? ErrorClassifier.Classify(exception)
        : status == HealthStatus.Degraded ? CheckErrors.Degraded : CheckErrors.Failed;

    public static bool IsCode(string text) =>
        text.Length is > 0 and <= 40 && text.All(letter => letter is >= 'a' and <= 'z' or >= '0' and <= '9' or '_');
}

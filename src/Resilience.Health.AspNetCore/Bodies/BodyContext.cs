namespace Resilience.Health.AspNetCore;

/// <summary>How much a reader may see. Each includes what is before it.</summary>
internal enum Exposure
{
    /// <summary>The overall word and the time.</summary>
    StatusOnly,

    /// <summary>Version, names of checks with their words, process metrics.</summary>
    Names,

    /// <summary>Latencies, ages, error codes, what checks measured.</summary>
    Data,

    /// <summary>Descriptions and exceptions, without the secrets that can be recognised. For Development.</summary>
    Full,
}

internal enum BodyFormat
{
    /// <summary>The shape of this package: see <see cref="SummaryBody"/> and <see cref="DeepBody"/>.</summary>
    Json,

    /// <summary>draft-inadarei-api-health-check-06.</summary>
    HealthJson,

    /// <summary>One word, as ASP.NET Core has it.</summary>
    Text,

    /// <summary>What dashboards of HealthChecks UI read.</summary>
    HealthChecksUi,
}

/// <summary>What bodies are made of. Equal contexts make equal bodies.</summary>
internal sealed record BodyContext(HealthSnapshot Snapshot, ProcessUsage Usage, string Version, DateTimeOffset Now, Exposure Exposure);

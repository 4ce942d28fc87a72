using System.Buffers;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.AspNetCore;

/// <summary>One word, as ASP.NET Core's own endpoint has it.</summary>
internal static class TextBody
{
    public static void Write(IBufferWriter<byte> output, string word) => output.Write(Utf8(word));

    public static ReadOnlySpan<byte> Utf8(string word) => word switch
    {
        "ok" => "Healthy"u8,
        "degraded" => "Degraded"u8,
        _ => "Unhealthy"u8,
    };

    public static ReadOnlySpan<byte> Utf8(HealthStatus status) => status switch
    {
        HealthStatus.Healthy => "Healthy"u8,
        HealthStatus.Degraded => "Degraded"u8,
        _ => "Unhealthy"u8,
    };
}

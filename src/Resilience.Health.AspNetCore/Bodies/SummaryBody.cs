using System.Buffers;
using System.Text.Json;

namespace Resilience.Health.AspNetCore;

/// <summary>
/// <c>status</c>, <c>timestamp</c>; from <see cref="Exposure.Names"/> on also <c>version</c>, <c>services</c> (name to word) and <c>metrics</c>: <c>uptime</c> in
/// seconds, <c>memory.used</c> and <c>.total</c> in MiB, <c>cpu.usage</c> in percent of all processors, all of them whole numbers.
/// </summary>
internal static class SummaryBody
{
    private const int MiB = 1 << 20;

    public static void Write(IBufferWriter<byte> output, BodyContext context)
    {
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteHead(context);
        if (context.Exposure >= Exposure.Names)
        {
            Services(json, context.Snapshot.Checks);
            Metrics(json, context.Usage);
        }

        json.WriteEndObject();
    }

    private static void Services(Utf8JsonWriter json, IReadOnlyList<CheckSnapshot> checks)
    {
        json.WriteStartObject("services"u8);
        for (var index = 0; index < checks.Count; index++)
            json.WriteString(CheckName.Of(checks, index), checks[index].ShownWord());
        json.WriteEndObject();
    }

    private static void Metrics(Utf8JsonWriter json, ProcessUsage usage)
    {
        json.WriteStartObject("metrics"u8);
        json.WriteNumber("uptime"u8, (long)Math.Max(0, usage.Uptime.TotalSeconds));
        json.WriteStartObject("memory"u8);
        json.WriteNumber("used"u8, usage.MemoryUsed / MiB);
        json.WriteNumber("total"u8, usage.MemoryLimit / MiB);
        json.WriteEndObject();
        json.WriteStartObject("cpu"u8);
        json.WriteNumber("usage"u8, Percent(usage.Cpu));
        json.WriteEndObject();
        json.WriteEndObject();
    }

    public static int Percent(double share) => double.IsNaN(share) ? 0 : (int)Math.Round(Math.Clamp(share, 0, 1) * 100, MidpointRounding.AwayFromZero);
}

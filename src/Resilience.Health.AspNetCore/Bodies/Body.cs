using System.Buffers;

namespace Resilience.Health.AspNetCore;

/// <summary>The body of an answer, in the format asked for.</summary>
internal static class Body
{
    public static string ContentType(BodyFormat format) => format switch
    {
        BodyFormat.HealthJson => "application/health+json",
        BodyFormat.Text => "text/plain",
        _ => "application/json",
    };

    public static void Summary(IBufferWriter<byte> output, BodyContext context, BodyFormat format)
    {
        if (format == BodyFormat.Json)
            SummaryBody.Write(output, context);
        else
            Other(output, context, format);
    }

    public static void Deep(IBufferWriter<byte> output, BodyContext context, BodyFormat format)
    {
        if (format == BodyFormat.Json)
            DeepBody.Write(output, context);
        else
            Other(output, context, format);
    }

    /// <summary>Probes and groups.</summary>
    public static void Probe(IBufferWriter<byte> output, Outcome outcome, BodyFormat format)
    {
        if (format == BodyFormat.Text)
            TextBody.Write(output, outcome.Word);
        else if (format == BodyFormat.HealthJson)
            HealthJsonBody.WriteProbe(output, outcome);
        else
            ProbeBody.Write(output, outcome);
    }

    // What these show depends on the exposure only.
    private static void Other(IBufferWriter<byte> output, BodyContext context, BodyFormat format)
    {
        if (format == BodyFormat.Text)
            TextBody.Write(output, context.Snapshot.Word);
        else if (format == BodyFormat.HealthJson)
            HealthJsonBody.Write(output, context);
        else
            HealthChecksUiBody.Write(output, context);
    }
}

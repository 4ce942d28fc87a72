using System.Buffers;

namespace Resilience.Health.AspNetCore;

/// <summary><c>{"status":"ok"}</c>, or the word and the reason: a few dozen bytes, the same for everybody.</summary>
internal static class ProbeBody
{
    public static void Write(IBufferWriter<byte> output, Outcome outcome)
    {
        using var json = JsonParts.Writer(output);
        json.WriteStartObject();
        json.WriteString("status"u8, outcome.Word);
        if (outcome.Reason is { } reason)
            json.WriteText("reason"u8, reason);
        json.WriteEndObject();
    }
}

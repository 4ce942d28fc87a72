using System.Buffers.Text;
using System.Text;

namespace Resilience.Health;

/// <summary>An HTTP/1.1 answer, read from whatever bytes have come so far. Pure, and hard to surprise: nothing in it is believed but status, length and chunks.</summary>
internal sealed class HttpAnswer
{
    public const int LongestHead = 16 * 1024;
    public const int LongestBody = 1024; // Of a longer one, no more is waited for.

    private const int ShownBody = 80;

    private HttpAnswer(int status, string body, string? fault) => (Status, Body, Fault) = (status, body, fault);

    /// <summary>0 if it did not get so far.</summary>
    public int Status { get; }

    public string Body { get; }

    /// <summary>Why it is not an answer, in the words that go before the address.</summary>
    public string? Fault { get; }

    public ProbeVerdict Verdict(ProbeTarget target)
    {
        if (Fault is not null)
            return ProbeVerdict.Bad($"{Fault} {target.Shown}");
        var shown = Body.Length > 0 ? $"{Status} {Body}" : $"{Status}";
        return Status switch
        {
            >= 200 and < 300 => ProbeVerdict.Good(shown),
            >= 300 and < 400 => ProbeVerdict.Bad($"{Status}, a redirect, which is not followed, from {target.Shown}"),
            _ => ProbeVerdict.Bad($"{shown} from {target.Shown}"),
        };
    }

    /// <summary>The answer, or what is wrong with it; null while more must come to tell.</summary>
    public static HttpAnswer? Read(ReadOnlySpan<byte> bytes, bool ended)
    {
        while (true)
        {
            var known = Math.Min(bytes.Length, 7);
            if (!bytes[..known].SequenceEqual("HTTP/1."u8[..known]))
                return Bad("no HTTP from");

            var end = bytes.IndexOf("\r\n\r\n"u8);
            if (end < 0 || end > LongestHead)
            {
                if (bytes.Length >= LongestHead)
                    return Bad("endless headers from");
                return !ended ? null : Bad(bytes.Length == 0 ? "closed without an answer by" : "closed in the middle of its answer by");
            }

            var head = bytes[..end];
            if (head.Length < 12 || head[8] != ' ' || !Utf8Parser.TryParse(head.Slice(9, 3), out int status, out var digits) || digits != 3 || status is < 100 or > 599
                || (head.Length > 12 && head[12] is not ((byte)' ' or (byte)'\r')))
                return Bad("no HTTP from");
            bytes = bytes[(end + 4)..];
            if (status is < 200 and not 101)
                continue; // An interim answer: the real one follows.
            return ReadBody(status, head, bytes, ended);
        }
    }

    private static HttpAnswer? ReadBody(int status, ReadOnlySpan<byte> head, ReadOnlySpan<byte> bytes, bool ended)
    {
        if (status is 101 or 204 or 304)
            return Good(status, []);

        var isComplete = ended;
        if (Field(head, "transfer-encoding:"u8) is { Length: > 0 } coding && Ascii.EqualsIgnoreCase(coding, "chunked"u8))
        {
            if (ChunkedBody.Read(bytes, out var text, out isComplete) is false)
                return Bad("no valid chunks from");
            bytes = text;
        }
        else if (Field(head, "content-length:"u8) is { Length: > 0 } field)
        {
            if (!Utf8Parser.TryParse(field, out long length, out var used) || used != field.Length || length < 0)
                return Bad("no valid length from");
            isComplete = bytes.Length >= length;
            if (isComplete)
                bytes = bytes[..(int)length];
        }

        if (isComplete || bytes.Length >= LongestBody)
            return Good(status, bytes);
        return ended ? Bad("closed in the middle of its answer by") : null;
    }

    /// <summary>The value of a header field; empty without one.</summary>
    private static ReadOnlySpan<byte> Field(ReadOnlySpan<byte> head, ReadOnlySpan<byte> name)
    {
        while (head.IndexOf("\r\n"u8) is >= 0 and var end)
        {
            head = head[(end + 2)..];
            if (head.Length <= name.Length || !Ascii.EqualsIgnoreCase(head[..name.Length], name))
                continue;
            var line = head.IndexOf("\r\n"u8) is >= 0 and var next ? head[..next] : head;
            var value = line[name.Length..];
            while (value.Length > 0 && value[0] is (byte)' ' or (byte)'\t')
                value = value[1..];
            while (value.Length > 0 && value[^1] is (byte)' ' or (byte)'\t')
                value = value[..^1];
            return value;
        }

        return [];
    }

    private static HttpAnswer Good(int status, ReadOnlySpan<byte> body) =>
        new(status, ProbeVerdict.Clean(Encoding.UTF8.GetString(body[..Math.Min(body.Length, LongestBody)]).Trim(), ShownBody), null);

    private static HttpAnswer Bad(string fault) => new(0, "", fault);
}

using System.Buffers.Text;
using System.Text;

namespace Resilience.Health;

internal enum RespState
{
    Complete,

    /// <summary>So far nothing is wrong; more bytes are needed.</summary>
    Incomplete,

    /// <summary>No further byte can make this a reply.</summary>
    Invalid,
}

/// <summary>
/// Reads a reply in RESP version 2 (https://redis.io/docs/latest/develop/reference/protocol-spec/) from the bytes that have come so far; when they are too few, it is asked again
/// with more. The server is not trusted: what a length announces is never allocated before it is there, and every size has a limit.
/// </summary>
internal static class RespParser
{
    /// <summary>Bytes of a whole reply. INFO, the longest that we ask for, has about 6,000, and more with many replicas and modules.</summary>
    public const int MaxReply = 256 * 1024;

    private const int MaxLine = 16 * 1024, MaxItems = 1024, MaxDepth = 8;

    /// <param name="bytes">All that has come and was not yet used.</param>
    /// <param name="value">The reply, if complete.</param>
    /// <param name="used">How many bytes it had.</param>
    public static RespState Parse(ReadOnlySpan<byte> bytes, out RespValue? value, out int used)
    {
        used = 0;
        var items = 0;
        var state = Parse(bytes, ref used, ref items, MaxDepth, out value);
        // Stated here once: the state that waits for more must not wait for more than there may be.
        return state == RespState.Incomplete && bytes.Length >= MaxReply || used > MaxReply ? RespState.Invalid : state;
    }

    private static RespState Parse(ReadOnlySpan<byte> bytes, ref int at, ref int items, int depth, out RespValue? value)
    {
        value = null;
        if (at == bytes.Length)
            return RespState.Incomplete;
        var kind = bytes[at];
        if (kind is not ((byte)'+' or (byte)'-' or (byte)':' or (byte)'$' or (byte)'*') || depth == 0)
            return RespState.Invalid;
        var state = Line(bytes, ref at, out var line);
        if (state != RespState.Complete)
            return state;
        line = line[1..];
        if (kind is (byte)'+' or (byte)'-')
        {
            value = new RespValue(kind == '+' ? RespKind.Text : RespKind.Error, Encoding.Latin1.GetString(line));
            return RespState.Complete;
        }

        if (!Utf8Parser.TryParse(line, out long number, out var digits) || digits != line.Length || line[0] == '+')
            return RespState.Invalid;
        if (kind == ':')
            value = new RespValue(RespKind.Integer, Number: number);
        else if (number == -1)
            value = new RespValue(RespKind.Null);
        else
            return kind == '$' ? Bulk(bytes, ref at, number, out value) : Array(bytes, ref at, ref items, depth, number, out value);
        return RespState.Complete;
    }

    private static RespState Bulk(ReadOnlySpan<byte> bytes, ref int at, long length, out RespValue? value)
    {
        value = null;
        if (length is < 0 or > MaxReply)
            return RespState.Invalid;
        var rest = bytes[at..];
        var size = (int)length;
        if (rest.Length > size && rest[size] != '\r' || rest.Length > size + 1 && rest[size + 1] != '\n')
            return RespState.Invalid;
        if (rest.Length < size + 2)
            return RespState.Incomplete;
        value = new RespValue(RespKind.Text, Encoding.Latin1.GetString(rest[..size]));
        at += size + 2;
        return RespState.Complete;
    }

    private static RespState Array(ReadOnlySpan<byte> bytes, ref int at, ref int items, int depth, long length, out RespValue? value)
    {
        value = null;
        if (length < 0 || length > MaxItems - items)
            return RespState.Invalid;
        items += (int)length; // Of all arrays together: nested ones must not multiply.
        var list = new List<RespValue>();
        for (var i = 0; i < length; i++)
        {
            var state = Parse(bytes, ref at, ref items, depth - 1, out var item);
            if (state != RespState.Complete || item is null)
                return state;
            list.Add(item);
        }

        value = new RespValue(RespKind.Array, Items: list);
        return RespState.Complete;
    }

    // With its first byte, without its end. A carriage return stands nowhere else in a line.
    private static RespState Line(ReadOnlySpan<byte> bytes, ref int at, out ReadOnlySpan<byte> line)
    {
        var rest = bytes[at..];
        var end = rest[..Math.Min(rest.Length, MaxLine)].IndexOfAny((byte)'\r', (byte)'\n');
        line = end < 0 ? default : rest[..end];
        if (end < 0)
            return rest.Length >= MaxLine ? RespState.Invalid : RespState.Incomplete;
        if (rest[end] == '\n' || end + 1 < rest.Length && rest[end + 1] != '\n')
            return RespState.Invalid;
        if (end + 1 == rest.Length)
            return RespState.Incomplete;
        at += end + 2;
        return RespState.Complete;
    }
}

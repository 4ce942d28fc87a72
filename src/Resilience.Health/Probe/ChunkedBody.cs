using System.Buffers.Text;

namespace Resilience.Health;

/// <summary>A body sent in chunks.</summary>
internal static class ChunkedBody
{
    /// <summary>What has come of it so far.</summary>
    /// <returns>False if it is not chunks.</returns>
    public static bool Read(ReadOnlySpan<byte> bytes, out byte[] text, out bool isComplete)
    {
        text = new byte[bytes.Length];
        isComplete = false;
        var length = 0;
        try
        {
            while (bytes.IndexOf("\r\n"u8) is >= 0 and var line)
            {
                if (!Utf8Parser.TryParse(bytes[..line], out int size, out var digits, 'x') || size < 0 || (digits < line && bytes[digits] is not ((byte)';' or (byte)' ')))
                    return false;
                if (size == 0)
                {
                    isComplete = true;
                    return true;
                }

                bytes = bytes[(line + 2)..];
                var here = Math.Min(size, bytes.Length);
                bytes[..here].CopyTo(text.AsSpan(length));
                length += here;
                if (bytes.Length < size + 2L)
                    return true;
                if (!bytes.Slice(size, 2).SequenceEqual("\r\n"u8))
                    return false;
                bytes = bytes[(size + 2)..];
            }

            return bytes.Length < 64; // The line with a chunk's size is short.
        }
        finally
        {
            Array.Resize(ref text, length);
        }
    }
}

using System.Buffers;
using System.Globalization;
using System.Text;

namespace Resilience.Metrics.Prometheus;

/// <summary>Bytes in an array of the shared pool that grows. Not safe for use by several threads.</summary>
internal sealed class Utf8Buffer : IDisposable
{
    private static readonly SearchValues<char> SpecialInQuotes = SearchValues.Create("\\\"\n"), Special = SearchValues.Create("\\\n");

    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(4096);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Span => _bytes.AsSpan(0, Length);

    public ReadOnlyMemory<byte> Memory => _bytes.AsMemory(0, Length);

    public void Clear() => Length = 0;

    /// <summary>Forgets what was appended since.</summary>
    public void Truncate(int length) => Length = length;

    public void Append(ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Room(bytes.Length));
        Length += bytes.Length;
    }

    public void Append(byte one)
    {
        Room(1)[0] = one;
        Length++;
    }

    public void Append(ReadOnlySpan<char> text) => Length += Encoding.UTF8.GetBytes(text, Room(text.Length * 3)); // Replaces lone surrogates.

    public void Append(long number)
    {
        number.TryFormat(Room(20), out var written, default, CultureInfo.InvariantCulture);
        Length += written;
    }

    /// <summary>The shortest text that reads back as the same number.</summary>
    public void Append(double number)
    {
        if (double.IsNaN(number))
            Append("NaN"u8);
        else if (double.IsInfinity(number))
            Append(number > 0 ? "+Inf"u8 : "-Inf"u8);
        else
        {
            number.TryFormat(Room(32), out var written, default, CultureInfo.InvariantCulture);
            Length += written;
        }
    }

    public void AppendEscaped(ReadOnlySpan<char> text, bool inQuotes)
    {
        var special = inQuotes ? SpecialInQuotes : Special;
        while (text.IndexOfAny(special) is >= 0 and var at)
        {
            Append(text[..at]);
            Append(text[at] switch { '\n' => "\\n"u8, '"' => "\\\""u8, _ => "\\\\"u8 });
            text = text[(at + 1)..];
        }

        Append(text);
    }

    public byte[] ToArray() => Span.ToArray();

    public void Dispose()
    {
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = [];
        Length = 0;
    }

    private Span<byte> Room(int size)
    {
        if (_bytes.Length - Length < size)
        {
            var larger = ArrayPool<byte>.Shared.Rent(Math.Max(checked(Length + size), (int)Math.Min(2L * _bytes.Length, Array.MaxLength)));
            Span.CopyTo(larger);
            ArrayPool<byte>.Shared.Return(_bytes);
            _bytes = larger;
        }

        return _bytes.AsSpan(Length);
    }
}

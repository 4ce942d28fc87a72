using System.Globalization;
using System.Text;
using Xunit;

namespace Resilience.Metrics.Prometheus.Tests.Exposition;

public sealed class Utf8BufferTests
{
    [Theory]
    [InlineData("a\\b\"c\nd\re", true, "a\\\\b\\\"c\\nd\re")]
    [InlineData("a\\b\"c\nd\re", false, "a\\\\b\"c\\nd\re")]
    [InlineData("", true, "")]
    [InlineData("\n", true, "\\n")]
    [InlineData("käse 🧀", true, "käse 🧀")]
    public void Text_is_escaped_as_the_place_wants_it(string text, bool inQuotes, string expected) => Assert.Equal(expected, Written(buffer => buffer.AppendEscaped(text, inQuotes)));

    [Fact]
    public void Lone_surrogate_becomes_the_replacement_character() => Assert.Equal("a\uFFFDb\uFFFD", Written(buffer => buffer.AppendEscaped("a\ud83db\ude00", inQuotes: true)));

    [Theory]
    [InlineData(double.PositiveInfinity, "+Inf")]
    [InlineData(double.NegativeInfinity, "-Inf")]
    [InlineData(double.NaN, "NaN")]
    [InlineData(0.1, "0.1")]
    [InlineData(1, "1")]
    [InlineData(1e300, "1E+300")]
    public void Numbers_are_written_as_the_formats_read_them(double number, string expected) => Assert.Equal(expected, Written(buffer => buffer.Append(number)));

    [Theory]
    [InlineData(1, "1.0")]
    [InlineData(0.005, "0.005")]
    [InlineData(7.5, "7.5")]
    [InlineData(10000, "10000.0")]
    [InlineData(1e20, "1e+20")]
    [InlineData(-0.0, "-0.0")]
    [InlineData(double.PositiveInfinity, "+Inf")]
    public void Bounds_look_like_floats(double bound, string expected) => Assert.Equal(expected, Encoding.UTF8.GetString(Bound.Text(bound)));

    [Fact]
    public void Doubles_read_back_as_they_were()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var number = BitConverter.Int64BitsToDouble(random.NextInt64(long.MinValue, long.MaxValue));
            if (!double.IsFinite(number))
                continue;
            Assert.Equal(number, double.Parse(Written(buffer => buffer.Append(number)), CultureInfo.InvariantCulture));
        }
    }

    [Fact]
    public void Buffer_grows_as_needed()
    {
        var text = new string('x', 1_000_000);
        Assert.Equal("start" + text + "9223372036854775807", Written(buffer =>
        {
            buffer.Append("start"u8);
            buffer.Append(text);
            buffer.Append(long.MaxValue);
        }));
    }

    private static string Written(Action<Utf8Buffer> write)
    {
        using var buffer = new Utf8Buffer();
        write(buffer);
        return Encoding.UTF8.GetString(buffer.Span);
    }
}

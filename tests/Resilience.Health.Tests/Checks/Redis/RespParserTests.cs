using System.Text;
using Xunit;

namespace Resilience.Health.Tests.Checks;

public sealed class RespParserTests
{
    [Theory]
    [InlineData("+PONG\r\n", "PONG")]
    [InlineData("+\r\n", "")]
    [InlineData("-ERR no\r\n", "-ERR no")]
    [InlineData(":42\r\n", "42")]
    [InlineData(":-7\r\n", "-7")]
    [InlineData("$5\r\na\r\nbc\r\n", "a\r\nbc")]
    [InlineData("$0\r\n\r\n", "")]
    [InlineData("$-1\r\n", "null")]
    [InlineData("*-1\r\n", "null")]
    [InlineData("*0\r\n", "[]")]
    [InlineData("*3\r\n+a\r\n*1\r\n:1\r\n$-1\r\n", "[a [1] null]")]
    public void Reply_is_read_and_every_beginning_of_it_is_incomplete(string text, string expected)
    {
        var bytes = Encoding.Latin1.GetBytes(text + "+NEXT\r\n");
        for (var length = 0; length < bytes.Length; length++)
        {
            var state = RespParser.Parse(bytes.AsSpan(0, length), out var value, out var used);
            Assert.Equal(length < text.Length ? RespState.Incomplete : RespState.Complete, state);
            if (state != RespState.Complete)
                continue;
            Assert.Equal((expected, text.Length), (Shown(value), used));
        }
    }

    [Theory]
    [InlineData("PONG\r\n")]
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("\u0015\u0003\u0001\0\u0002")]
    [InlineData("+a\n")]
    [InlineData("+a\rb")]
    [InlineData(":\r\n")]
    [InlineData(":+1\r\n")]
    [InlineData(": 1\r\n")]
    [InlineData(":1a\r\n")]
    [InlineData(":99999999999999999999\r\n")]
    [InlineData("$-2\r\n")]
    [InlineData("$262145\r\n")]
    [InlineData("$2\r\nabc")]
    [InlineData("$2\r\nab\rc")]
    [InlineData("*-2\r\n")]
    [InlineData("*1025\r\n")]
    [InlineData("*9223372036854775807\r\n")]
    [InlineData("*2\r\n*1000\r\n")] // Together with a thousand more below it: too many, whatever follows.
    [InlineData("*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n*1\r\n")]
    public void What_cannot_become_a_reply_is_invalid(string text)
    {
        var bytes = Encoding.Latin1.GetBytes(text.StartsWith("*2\r\n*1000", StringComparison.Ordinal)
            ? text + string.Concat(Enumerable.Repeat(":1\r\n", 1000)) + "*100\r\n" : text);
        Assert.Equal(RespState.Invalid, RespParser.Parse(bytes, out _, out _));
    }

    [Fact]
    public void Line_or_reply_without_end_is_given_up()
    {
        Assert.Equal(RespState.Incomplete, RespParser.Parse(Filled(16 * 1024 - 1), out _, out _));
        Assert.Equal(RespState.Invalid, RespParser.Parse(Filled(16 * 1024), out _, out _));
        var bulk = Encoding.Latin1.GetBytes($"${RespParser.MaxReply}\r\n").Concat(new byte[RespParser.MaxReply]).ToArray();
        Assert.Equal(RespState.Incomplete, RespParser.Parse(bulk.AsSpan(0, 1000), out _, out _));
        Assert.Equal(RespState.Invalid, RespParser.Parse(bulk, out _, out _));
    }

    [Fact]
    public void Announced_sizes_allocate_nothing()
    {
        var bytes = Encoding.Latin1.GetBytes("*1024\r\n$262144\r\nx");
        RespParser.Parse(bytes, out _, out _);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var i = 0; i < 1000; i++)
            RespParser.Parse(bytes, out _, out _);

        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 1000 * 200);
    }

    [Fact]
    public void Random_and_mutated_replies_end_in_one_of_three_ways_however_they_are_split()
    {
        string[] seeds =
        [
            "+PONG\r\n", "-ERR unknown command\r\n", ":1234\r\n", "$5\r\nhello\r\n", "$-1\r\n", "*2\r\n$3\r\nfoo\r\n:5\r\n",
            "*3\r\n*1\r\n+a\r\n*-1\r\n*2\r\n$1\r\nx\r\n-E\r\n", "$60\r\n# Server\r\nredis_version:7.0.15\r\nrole:master\r\nmaxclients:77\r\n\r\n\r\n",
        ];
        const string Letters = "+-:$*\r\n0123456789 aE\0\u0015\u00ff";
        var random = new Random(20261122);
        var outcomes = new int[3];
        for (var round = 0; round < 100_000; round++)
        {
            var bytes = round % 3 == 0
                ? [.. Enumerable.Range(0, random.Next(60)).Select(_ => (byte)Letters[random.Next(Letters.Length)])]
                : Encoding.Latin1.GetBytes(seeds[random.Next(seeds.Length)]);
            for (var changes = random.Next(4); changes > 0 && bytes.Length > 0; changes--)
                bytes[random.Next(bytes.Length)] = (byte)(random.Next(2) == 0 ? Letters[random.Next(Letters.Length)] : random.Next(256));

            var whole = RespParser.Parse(bytes, out var value, out var used);
            outcomes[(int)whole]++;
            Assert.InRange(used, 0, bytes.Length);
            Assert.Equal(whole == RespState.Complete, value is not null);

            // Byte by byte it may be called invalid, or complete, sooner; and never something else than at once.
            var split = random.Next(bytes.Length + 1);
            var part = RespParser.Parse(bytes.AsSpan(0, split), out var early, out var earlyUsed);
            if (part != RespState.Incomplete)
                Assert.Equal((whole, Shown(value), whole == RespState.Complete ? used : 0), (part, Shown(early), part == RespState.Complete ? earlyUsed : 0));
        }

        Assert.All(outcomes, count => Assert.InRange(count, 1000, 100_000)); // Each way was taken often, or this proves little.
    }

    private static byte[] Filled(int length) => [(byte)'+', .. Enumerable.Repeat((byte)'a', length - 1)];

    private static string Shown(RespValue? value) => value switch
    {
        null => "none",
        { Kind: RespKind.Error } => "-" + value.Text,
        { Kind: RespKind.Integer } => $"{value.Number}",
        { Kind: RespKind.Null } => "null",
        { Kind: RespKind.Array } => $"[{string.Join(' ', value.Items?.Select(Shown) ?? [])}]",
        _ => value.Text,
    };
}

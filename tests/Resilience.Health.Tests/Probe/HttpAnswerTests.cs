using System.Text;
using Xunit;

namespace Resilience.Health.Tests.Probe;

public sealed class HttpAnswerTests
{
    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi", 200, "hi")]
    [InlineData("HTTP/1.1 200 OK\r\ncontent-length:\t2 \r\n\r\nhi and more", 200, "hi")]
    [InlineData("HTTP/1.0 200\r\nContent-Length: 0\r\n\r\n", 200, "")]
    [InlineData("HTTP/1.1 204 No Content\r\nContent-Length: 7\r\n\r\n", 204, "")]
    [InlineData("HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\nHTTP/1.1 503 x\r\nContent-Length: 2\r\n\r\nno", 503, "no")]
    [InlineData("HTTP/1.1 101 Switching\r\n\r\n", 101, "")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n2\r\nhi\r\nA;x=y\r\n, 89012345\r\n0\r\n", 200, "hi, 89012345")]
    public void Whole_answers_are_known_at_once(string text, int status, string body)
    {
        var answer = Read(text, ended: false);

        Assert.NotNull(answer);
        Assert.Equal((status, body, null), (answer.Status, answer.Body, answer.Fault));
    }

    [Theory]
    [InlineData("HTTP/1.1 200 OK\r\n\r\nhi")]
    [InlineData("HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi")]
    [InlineData("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n")]
    public void Answers_cut_anywhere_wait_for_the_rest_and_are_none_if_it_does_not_come(string text)
    {
        var delimited = text.Contains('-', StringComparison.Ordinal);
        var whole = text.EndsWith("0\r\n\r\n", StringComparison.Ordinal) ? text.Length - 2 : text.Length; // The last chunk's own line is enough.
        for (var length = 0; length < whole; length++)
        {
            Assert.Null(Read(text[..length], ended: false));
            if (delimited || !text[..length].Contains("\r\n\r\n", StringComparison.Ordinal))
                Assert.StartsWith("closed", Read(text[..length], ended: true)?.Fault, StringComparison.Ordinal);
        }

        Assert.Equal((200, "hi"), (Read(text, ended: true)?.Status, Read(text, ended: true)?.Body));
    }

    [Theory]
    [InlineData("SSH-2.0")]
    [InlineData("HTTP/2 200\r\n\r\n")]
    [InlineData("HTTP/1.1 2000 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 -20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 +20 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 099 OK\r\n\r\n")]
    [InlineData("HTTP/1.1 600 OK\r\n\r\n")]
    [InlineData("HTTP/1.1  200 OK\r\n\r\n")]
    [InlineData("HTTP/1.1\r\n\r\n")]
    public void Other_protocols_are_no_answer(string text) => Assert.Equal("no HTTP from", Read(text, ended: false)?.Fault);

    [Theory]
    [InlineData("Content-Length: x\r\n\r\n", "no valid length from")]
    [InlineData("Content-Length: -1\r\n\r\n", "no valid length from")]
    [InlineData("Content-Length: 99999999999999999999\r\n\r\n", "no valid length from")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nxyz\r\n", "no valid chunks from")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\n2\r\nhiXX", "no valid chunks from")]
    [InlineData("Transfer-Encoding: chunked\r\n\r\nFFFFFFFF\r\n", "no valid chunks from")]
    public void Nonsense_about_the_body_is_no_answer(string rest, string fault) => Assert.Equal(fault, Read("HTTP/1.1 200 OK\r\n" + rest, ended: false)?.Fault);

    [Fact]
    public void Body_is_shown_in_one_clean_short_line()
    {
        var body = "\u001b[31m{\r\n  \"a\": \u0000\u202E\"ü🙂\"\u007f }" + new string('x', 500);

        var shown = Read($"HTTP/1.1 200 OK\r\nContent-Length: {Encoding.UTF8.GetByteCount(body)}\r\n\r\n{body}", ended: false)?.Body;

        Assert.StartsWith("[31m{  \"a\": \"ü🙂\" }xxx", shown, StringComparison.Ordinal);
        Assert.EndsWith("x…", shown, StringComparison.Ordinal);
        Assert.Equal(80, shown?.Length);
    }

    [Fact]
    public void Lines_are_never_longer_than_200_and_do_not_end_in_half_a_character()
    {
        for (var length = 150; length < 260; length++)
        {
            var line = ProbeVerdict.Bad(new string('x', length) + string.Concat(Enumerable.Repeat("🙂", 40))).Line;
            Assert.InRange(line.Length, 1, 200);
            Assert.Equal(line, Encoding.UTF8.GetString(Encoding.UTF8.GetBytes(line)));
        }
    }

    private static HttpAnswer? Read(string text, bool ended) => HttpAnswer.Read(Encoding.UTF8.GetBytes(text), ended);
}

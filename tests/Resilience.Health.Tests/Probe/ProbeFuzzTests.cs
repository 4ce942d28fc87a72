using System.Collections;
using System.Text;
using Xunit;

namespace Resilience.Health.Tests.Probe;

/// <summary>Whatever is asked and answered: no exception, one clean line. Ten thousand each; a failure names its seed.</summary>
public sealed class ProbeFuzzTests
{
    private static readonly string[] Pieces =
    [
        "http://", "https://", "unix:", "file:", "/run/x", "localhost", "127.0.0.1", "[::1]", "[", "]", ":", "/", "//", "@", "?", "#", "%", "*", "+", "0", "8080", "65536", ";", "=",
        "--urls", "--", "-", " ", "\r\n", "\0", "\u202e", "\ud800", "ü", "🙂", "", ".", "..", "C:\\", "http://unix:", new('x', 300),
    ];

    private static readonly string[] Bytes =
    [
        "HTTP/1.1 200 OK\r\n", "HTTP/1.1 ", "HTTP/1.0 503 x\r\n", "HTTP/1.1 100 Continue\r\n\r\n", "200", "\r\n", "\r\n\r\n", "Content-Length: ", "Transfer-Encoding: chunked\r\n", "5\r\nhello\r\n",
        "0\r\n\r\n", "7fffffff\r\n", "-1", "99999999999", "{\"status\":\"ok\"}", "\0", "\x1b[2J", "\xff\xfe", "hello", "\n", ":", " ", new('y', 2000),
    ];

    [Fact]
    public void Any_arguments_and_environment_give_a_target_or_one_clean_line()
    {
        for (var seed = 0; seed < 10_000; seed++)
        {
            var random = new Random(seed);
            var arguments = new[] { "--health-check" + (random.Next(3) == 0 ? "=" + Some(random, Pieces) : "") }.Concat(Enumerable.Range(0, random.Next(4)).Select(_ => Some(random, Pieces))).ToArray();
            var environment = new Hashtable { ["ASPNETCORE_URLS"] = Some(random, Pieces), ["HTTP_PORTS"] = Some(random, Pieces), ["Kestrel__Endpoints__x__Url"] = Some(random, Pieces) };
            try
            {
                var target = HealthProbe.Target(arguments, environment, random.Next(10) == 0 ? Some(random, Pieces) : Probed.DefaultUrl, out var fault);
                if (target is null)
                    AssertClean(ProbeVerdict.Bad(fault).Line);
                else
                    AssertSafe(target);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Any_answer_is_healthy_only_with_a_good_status_and_gives_one_clean_line()
    {
        var target = ProbeTarget.Parse("8080", "/up", isOwn: false, out _)!; // A port is always understood.
        for (var seed = 0; seed < 10_000; seed++)
        {
            var random = new Random(seed);
            var text = (random.Next(2) == 0 ? Bytes[0] : "") + Some(random, Bytes);
            var bytes = Encoding.Latin1.GetBytes(text);
            try
            {
                for (var length = 0; length <= bytes.Length; length += 1 + random.Next(bytes.Length))
                    HttpAnswer.Read(bytes.AsSpan(0, length), ended: false);
                var verdict = HttpAnswer.Read(bytes, ended: true)?.Verdict(target);
                Assert.NotNull(verdict);
                AssertClean(verdict.Line);
                Assert.True(!verdict.IsHealthy || text.Contains("HTTP/1.1 200", StringComparison.Ordinal), verdict.Line);
            }
            catch (Exception e)
            {
                Assert.Fail($"Seed {seed}: {e}");
            }
        }
    }

    [Fact]
    public void Any_bytes_on_the_wire_end_in_a_verdict()
    {
        var answers = Enumerable.Range(0, 300).Select(seed => Encoding.Latin1.GetBytes(Some(new Random(seed), Bytes))).ToList();
        var next = -1;
        using var server = new ScriptedServer((stream, stopping) => stream.WriteAsync(answers[Interlocked.Increment(ref next)], stopping).AsTask());

        for (var i = 0; i < answers.Count; i++)
        {
            var verdict = Probed.Ask(server.Url);
            AssertClean(verdict.Line);
            Assert.True(!verdict.IsHealthy || Encoding.Latin1.GetString(answers[i]).Contains("200", StringComparison.Ordinal), verdict.Line);
        }
    }

    private static string Some(Random random, string[] pieces) => string.Concat(Enumerable.Range(0, random.Next(9)).Select(_ => pieces[random.Next(pieces.Length)]));

    /// <summary>Nothing in it can add a line to the request.</summary>
    private static void AssertSafe(ProbeTarget target)
    {
        AssertClean(ProbeVerdict.Bad(target.Shown).Line);
        if (target.File is null)
            Assert.DoesNotContain(target.Path + target.Authority, character => character is <= ' ' or > '~');
    }

    private static void AssertClean(string line)
    {
        Assert.InRange(line.Length, 1, ProbeVerdict.LongestLine);
        Assert.DoesNotContain(line, char.IsControl);
        Assert.Matches("^(un)?healthy: ", line);
    }
}

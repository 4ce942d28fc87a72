using System.Diagnostics;
using Microsoft.Extensions.Primitives;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

[Collection(VirtualTime.Name)] // Measures.
public sealed class AcceptTests
{
    [Theory]
    // Who says nothing, anything, or nonsense, gets JSON.
    [InlineData("", BodyFormat.Json)]
    [InlineData("*/*", BodyFormat.Json)]
    [InlineData("*", BodyFormat.Json)]
    [InlineData("application/*", BodyFormat.Json)]
    [InlineData("application/json", BodyFormat.Json)]
    [InlineData("APPLICATION/JSON", BodyFormat.Json)]
    [InlineData("application/json; charset=utf-8", BodyFormat.Json)]
    [InlineData(", ,, ;;, q=1,/", BodyFormat.Json)]
    [InlineData("image/png", BodyFormat.Json)]
    [InlineData("text", BodyFormat.Json)]
    [InlineData("text/plainer, text/plai", BodyFormat.Json)]
    [InlineData("text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2", BodyFormat.Json)]
    [InlineData("text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", BodyFormat.Json)]
    [InlineData("application/json, text/plain, */*", BodyFormat.Json)]
    // What is asked for by name.
    [InlineData("application/health+json", BodyFormat.HealthJson)]
    [InlineData("application/health+json;version=1, */*;q=0.1", BodyFormat.HealthJson)]
    [InlineData("text/plain", BodyFormat.Text)]
    [InlineData(" Text/Plain ; charset=utf-8 ", BodyFormat.Text)]
    [InlineData("text/plain, */*;q=0.01", BodyFormat.Text)]
    // Weights.
    [InlineData("application/json;q=0.4, text/plain;q=0.5", BodyFormat.Text)]
    [InlineData("text/plain;q=0.5, application/json;q=0.4, application/health+json;q=0.6", BodyFormat.HealthJson)]
    [InlineData("text/plain;q=0.999, application/json;q=1", BodyFormat.Json)]
    [InlineData("application/json;q=0.001, text/plain;q=0.002", BodyFormat.Text)]
    [InlineData("application/json;Q=0.4 , text/plain ; q = 0.5", BodyFormat.Text)]
    [InlineData("application/json;q=0.5;q=1, text/plain;q=0.6", BodyFormat.Text)]
    [InlineData("application/json;q=.4, text/plain;q=.5", BodyFormat.Text)]
    [InlineData("application/json;x=\"a,b;q=0\";q=0.4, text/plain;q=0.5", BodyFormat.Text)]
    [InlineData("application/json;x=\"a\\\",text/plain;q=1\";q=0.9, text/html", BodyFormat.Json)]
    // Equal wishes: ours first.
    [InlineData("text/plain, application/health+json, application/json", BodyFormat.Json)]
    [InlineData("text/plain, application/health+json", BodyFormat.HealthJson)]
    [InlineData("text/plain, */*", BodyFormat.Json)]
    [InlineData("application/health+json, application/*", BodyFormat.Json)]
    // The more specific range counts, in whatever order.
    [InlineData("application/json;q=0, */*", BodyFormat.HealthJson)]
    [InlineData("*/*, application/json;q=0", BodyFormat.HealthJson)]
    [InlineData("application/*;q=0, */*", BodyFormat.Text)]
    [InlineData("*/*;q=1, application/*;q=0.2, text/plain;q=0.3", BodyFormat.Text)]
    [InlineData("application/json;q=0.1, application/json;q=0.9, text/plain;q=0.5", BodyFormat.Json)]
    // Excluded formats are never chosen, unless nothing is left: there is no 406.
    [InlineData("application/json;q=0", BodyFormat.Json)]
    [InlineData("*/*;q=0", BodyFormat.Json)]
    [InlineData("application/json;q=0, text/plain", BodyFormat.Text)]
    [InlineData("text/plain;q=0, application/json;q=0.1", BodyFormat.Json)]
    [InlineData("text/plain;q=0.0, text/*", BodyFormat.Json)]
    // Text that was not asked for by name comes last.
    [InlineData("text/*", BodyFormat.Text)]
    [InlineData("text/*, application/json;q=0.1", BodyFormat.Json)]
    [InlineData("text/*, */*;q=0.1", BodyFormat.Json)]
    // Weights that are none: the range is not counted.
    [InlineData("text/plain;q=2", BodyFormat.Json)]
    [InlineData("text/plain;q=1.001", BodyFormat.Json)]
    [InlineData("text/plain;q=-1", BodyFormat.Json)]
    [InlineData("text/plain;q=", BodyFormat.Json)]
    [InlineData("text/plain;q=.", BodyFormat.Json)]
    [InlineData("text/plain;q=0.1234", BodyFormat.Json)]
    [InlineData("text/plain;q=high", BodyFormat.Json)]
    [InlineData("text/plain;q=0,5", BodyFormat.Json)]
    [InlineData("text/plain;q=\u0661", BodyFormat.Json)]
    [InlineData("text/plain;q=1., image/png", BodyFormat.Text)]
    [InlineData("text/plain;q=1.000", BodyFormat.Text)]
    internal void Header_chooses(string header, BodyFormat expected)
    {
        Assert.Equal(expected, Accept.Choose(header.AsSpan()));
        Assert.Equal(expected, Accept.Choose(new StringValues(header)));
    }

    [Fact]
    public void Several_headers_are_one_list()
    {
        Assert.Equal(BodyFormat.Json, Accept.Choose(default(StringValues)));
        Assert.Equal(BodyFormat.Json, Accept.Choose(new StringValues([null, ""])));
        Assert.Equal(BodyFormat.Text, Accept.Choose(new StringValues(["application/json;q=0.4", null, "text/plain;q=0.5"])));
    }

    [Fact]
    public void Choice_allocates_nothing()
    {
        var headers = new StringValues(["text/html,application/json;q=0.9;x=\"y\"", "text/plain;q=0.5,*/*;q=0.1"]);
        Accept.Choose(headers);
        var before = GC.GetAllocatedBytesForCurrentThread();
        for (var round = 0; round < 1_000; round++)
            Accept.Choose(headers);
        Assert.Equal(0, GC.GetAllocatedBytesForCurrentThread() - before);
    }

    [Theory]
    [InlineData(",")]
    [InlineData(";")]
    [InlineData("\"")]
    [InlineData("\\")]
    [InlineData("a/b;q=0.5,")]
    [InlineData("text/plain;q")]
    [InlineData("text/plain;\"")]
    [InlineData(" ")]
    public void Hostile_header_takes_time_in_proportion(string piece)
    {
        var header = string.Concat(Enumerable.Repeat(piece, 200_000 / piece.Length));
        var begin = Stopwatch.GetTimestamp();
        Accept.Choose(header.AsSpan());
        HealthQuery.Read(header.Replace(',', '&'));
        Assert.True(Stopwatch.GetElapsedTime(begin) < TimeSpan.FromSeconds(5), $"{Stopwatch.GetElapsedTime(begin)}");
    }

    [Fact]
    public void Headers_at_random_always_choose_and_always_the_same()
    {
        const int Seed = 7231;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        string[] pieces =
        [
            "application", "text", "*", "/", "json", "health+json", "plain", "html", ",", ";", "q", "=", "0", "1", ".", "0.5", "\"", "\\", " ", "\t", "é", "\uD800", "\0",
            "application/json", "text/plain;q=0.5", "*/*", "application/health+json",
        ];
        var random = new Random(Seed);
        var chosen = new int[Enum.GetValues<BodyFormat>().Length];
        for (var round = 0; round < 100_000; round++)
        {
            var header = string.Concat(Enumerable.Range(0, random.Next(20)).Select(_ => pieces[random.Next(pieces.Length)]));
            var format = Accept.Choose(header.AsSpan());
            Assert.Equal(format, Accept.Choose(new StringValues(header)));
            Assert.NotEqual(BodyFormat.HealthChecksUi, format);
            if (!header.Contains("text", StringComparison.Ordinal) && !header.Contains('*', StringComparison.Ordinal))
                Assert.NotEqual(BodyFormat.Text, format);
            chosen[(int)format]++;
        }

        Assert.All(chosen[..3], times => Assert.True(times > 500, string.Join(' ', chosen)));
    }
}

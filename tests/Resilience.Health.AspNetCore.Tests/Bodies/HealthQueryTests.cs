using Microsoft.AspNetCore.Http;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests;

public sealed class HealthQueryTests
{
    [Theory]
    [InlineData("", false, null)]
    [InlineData("?", false, null)]
    [InlineData("?fresh=1", true, null)]
    [InlineData("?fresh=true", true, null)]
    [InlineData("fresh=1", true, null)]
    [InlineData("?format=ui", false, BodyFormat.HealthChecksUi)]
    [InlineData("?format=xabaril", false, BodyFormat.HealthChecksUi)]
    [InlineData("?format=json", false, BodyFormat.Json)]
    [InlineData("?format=health", false, BodyFormat.HealthJson)]
    [InlineData("?format=text", false, BodyFormat.Text)]
    [InlineData("?a=b&format=text&&fresh=1&x", true, BodyFormat.Text)]
    [InlineData("?format=nonsense&format=ui&format=text", false, BodyFormat.HealthChecksUi)]
    [InlineData("?fresh=0&fresh=1", true, null)]
    [InlineData("?fresh=", false, null)]
    [InlineData("?fresh", false, null)]
    [InlineData("?fresh=0", false, null)]
    [InlineData("?fresh=01", false, null)]
    [InlineData("?fresh=1 ", false, null)]
    [InlineData("?fresh=TRUE", false, null)]
    [InlineData("?Fresh=1", false, null)]
    [InlineData("?%66resh=1", false, null)]
    [InlineData("?xfresh=1&fresh=1x", false, null)]
    [InlineData("??fresh=1", false, null)]
    [InlineData("?fresh=1;format=ui", false, null)]
    [InlineData("?format=UI", false, null)]
    internal void Query_is_read_strictly(string query, bool fresh, BodyFormat? format) => Assert.Equal(new HealthQuery(fresh, format), HealthQuery.Read(query));

    [Fact]
    public void Query_of_a_request_is_read()
    {
        Assert.Equal(default, HealthQuery.Of(default));
        Assert.Equal(new HealthQuery(true, BodyFormat.HealthChecksUi), HealthQuery.Of(new QueryString("?fresh=1&format=ui")));
    }

    [Fact]
    public void Queries_at_random_are_read_or_ignored()
    {
        const int Seed = 3986;
        TestContext.Current.TestOutputHelper?.WriteLine($"seed {Seed}");
        string[] pieces = ["fresh", "format", "=", "&", "?", "1", "true", "ui", "text", "%", "%3D", " ", "é", "\uD800", "\0", "fresh=1", "format=ui", ";", "#"];
        var random = new Random(Seed);
        var (fresh, formats) = (0, 0);
        for (var round = 0; round < 100_000; round++)
        {
            var text = string.Concat(Enumerable.Range(0, random.Next(12)).Select(_ => pieces[random.Next(pieces.Length)]));
            var query = HealthQuery.Read(text);
            Assert.True(!query.Fresh || text.Contains("fresh=1", StringComparison.Ordinal) || text.Contains("fresh=true", StringComparison.Ordinal), text);
            Assert.True(query.Format is null || text.Contains("format=", StringComparison.Ordinal), text);
            fresh += query.Fresh ? 1 : 0;
            formats += query.Format is null ? 0 : 1;
        }

        Assert.True(fresh > 500 && formats > 500, $"{fresh} {formats}");
    }
}

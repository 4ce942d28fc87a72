using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Page;

public sealed class PageTextTests
{
    [Theory]
    [InlineData(-1, "0 ms")]
    [InlineData(0.0004, "0.4 ms")]
    [InlineData(0.85, "850 ms")]
    [InlineData(5, "5 s")]
    [InlineData(5.25, "5.3 s")]
    [InlineData(59.9, "59 s")]
    [InlineData(60, "1 min")]
    [InlineData(200, "3 min 20 s")]
    [InlineData(3600, "1 h")]
    [InlineData(11_520, "3 h 12 min")]
    [InlineData(187_200, "2 d 4 h")]
    public void Durations_have_two_units_at_most(double seconds, string text) => Assert.Equal(text, PageText.Duration(TimeSpan.FromSeconds(seconds)));

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1536, "1.5 KiB")]
    [InlineData(432_013_312, "412 MiB")]
    [InlineData(long.MaxValue, "8388608 TiB")]
    public void Bytes_are_binary(long bytes, string text) => Assert.Equal(text, PageText.Bytes(bytes));

    [Fact]
    public void Values_of_all_kinds_are_readable()
    {
        Assert.Equal("none", PageText.Value(null));
        Assert.Equal("yes", PageText.Value(true));
        Assert.Equal("0.333", PageText.Value(1 / 3.0));
        Assert.Equal("none", PageText.Value(double.NaN));
        Assert.Equal("12", PageText.Value(12L));
        Assert.Equal("1.5 s", PageText.Value(TimeSpan.FromSeconds(1.5)));
        Assert.Equal("2026-03-29 12:00:00 UTC", PageText.Value(Pages.Now.ToOffset(TimeSpan.FromHours(2))));
        Assert.Equal("a, 2, yes", PageText.Value(new List<object?> { "a", 2, true }));
        Assert.Equal("1, 2, 3, 4, 5, …", PageText.Value(Enumerable.Range(1, 1_000_000)));
        Assert.Equal("a: 1, b: …", PageText.Value(new Dictionary<string, object?> { ["a"] = 1, ["b"] = new List<object?>() }));
    }
}

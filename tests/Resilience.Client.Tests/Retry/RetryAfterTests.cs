using System.Net;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class RetryAfterTests
{
    private static readonly DateTimeOffset Now = new(2026, 3, 29, 1, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData("0", 0)]
    [InlineData("120", 120)]
    [InlineData("  7\t", 7)]
    [InlineData("007", 7)]
    [InlineData("Sun, 29 Mar 2026 01:00:30 GMT", 30)]
    [InlineData("Sunday, 29-Mar-26 01:00:30 GMT", 30)]
    [InlineData("Sun Mar 29 01:00:30 2026", 30)]
    [InlineData(" Sun, 29 Mar 2026 01:00:30 GMT ", 30)]
    [InlineData("Sun, 29 Mar 2026 00:59:00 GMT", 0)]
    [InlineData("Thu, 01 Jan 1970 00:00:00 GMT", 0)]
    public void Value_in_seconds_or_as_a_date_is_a_time_from_now(string value, double seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryAfter.Parse(value, Now));

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("\t\r\n")]
    [InlineData("-1")]
    [InlineData("-99999999999999999999")]
    [InlineData("+5")]
    [InlineData("1.5")]
    [InlineData("1 2")]
    [InlineData("1, 2")]
    [InlineData("soon")]
    [InlineData("0x10")]
    [InlineData("1e3")]
    [InlineData("١٢")]
    [InlineData("Sun, 32 Mar 2026 01:00:30 GMT")]
    [InlineData("99:99")]
    [InlineData("\0")]
    public void Value_of_neither_form_is_none(string value) => Assert.Null(RetryAfter.Parse(value, Now));

    [Theory]
    [InlineData("922337203686")]
    [InlineData("9223372036854775807")]
    [InlineData("99999999999999999999999999999999999999")]
    public void Value_of_absurd_length_is_the_longest_time_there_is(string value) =>
        Assert.Equal(TimeSpan.MaxValue, RetryAfter.Parse(value, Now));

    [Fact]
    public void Value_at_random_never_throws_and_is_never_negative()
    {
        const string Alphabet = "0123456789 -+.,:/\tabcGMTSunMar\0\r\n\"é١";
        var random = new Random(20);
        string[] seeds = ["Sun, 29 Mar 2026 01:00:30 GMT", "120", "-5", "Sun, 29 Mar 9999 23:59:59 GMT", "Mon, 01 Jan 0001 00:00:00 GMT"];
        for (var round = 0; round < 100_000; round++)
        {
            var text = round % 2 == 0
                ? new string([.. Enumerable.Range(0, random.Next(40)).Select(_ => Alphabet[random.Next(Alphabet.Length)])])
                : Mutated(seeds[random.Next(seeds.Length)]);
            var parsed = RetryAfter.Parse(text, Now);
            Assert.False(parsed < TimeSpan.Zero, text);
        }

        string Mutated(string seed)
        {
            var text = seed.ToCharArray();
            for (var change = random.Next(4); change >= 0; change--)
                text[random.Next(text.Length)] = Alphabet[random.Next(Alphabet.Length)];
            return new string(text)[..random.Next(text.Length + 1)];
        }
    }

    [Theory]
    [InlineData(null, null)]
    [InlineData("garbage", null)]
    [InlineData("3", 3.0)]
    public void Header_of_a_response_is_read_as_it_came(string? value, double? seconds)
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        if (value is not null)
            response.Headers.TryAddWithoutValidation("Retry-After", value);

        Assert.Equal(seconds, RetryAfter.Of(response, TimeProvider.System)?.TotalSeconds);
    }

    [Fact]
    public void Header_given_twice_is_none()
    {
        using var response = new HttpResponseMessage(HttpStatusCode.ServiceUnavailable);
        response.Headers.TryAddWithoutValidation("Retry-After", ["3", "4"]);

        Assert.Null(RetryAfter.Of(response, TimeProvider.System));
    }
}

using System.Globalization;
using System.Net.Http.Headers;

namespace Resilience.Client;

/// <summary>The <c>Retry-After</c> header (RFC 9110, 10.2.3), in seconds or as a date.</summary>
internal static class RetryAfter
{
    public static TimeSpan? Of(HttpResponseMessage response, TimeProvider time) =>
        response.Headers.NonValidated.TryGetValues("Retry-After", out var values) && values.Count > 0
            ? Parse(values.ToString(), time.GetUtcNow())
            : null;

    /// <summary>
    /// Zero for a date in the past; <see langword="null"/> for what is neither form (negative numbers too).
    /// More seconds than fit are the longest time there is: absurd, but a wish to be left alone.
    /// </summary>
    public static TimeSpan? Parse(string value, DateTimeOffset now)
    {
        value = value.Trim();
        if (value.Length > 0 && value.All(char.IsAsciiDigit))
        {
            return long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
                && seconds <= TimeSpan.MaxValue.Ticks / TimeSpan.TicksPerSecond
                ? TimeSpan.FromSeconds(seconds)
                : TimeSpan.MaxValue;
        }

        if (!RetryConditionHeaderValue.TryParse(value, out var parsed) || parsed.Date is not { } date)
            return null;
        return date > now ? date - now : TimeSpan.Zero;
    }
}

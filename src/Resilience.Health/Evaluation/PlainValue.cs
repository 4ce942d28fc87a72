using System.Globalization;

namespace Resilience.Health;

/// <summary>The one form in which a single value is kept.</summary>
internal static class PlainValue
{
    /// <returns>A string of any length, a boolean, a <see cref="long"/>, <see cref="decimal"/>, finite <see cref="double"/> or <see cref="DateTimeOffset"/>; null for everything else.</returns>
    public static object? Of(object? value) => value switch
    {
        string or bool or long or decimal or DateTimeOffset => value,
        Enum name => name.ToString(),
        int number => (long)number,
        short number => (long)number,
        sbyte number => (long)number,
        byte number => (long)number,
        ushort number => (long)number,
        uint number => (long)number,
        nint number => (long)number,
        nuint number => Of((ulong)number),
        ulong number => number <= long.MaxValue ? (long)number : (decimal)number,
        double number => double.IsFinite(number) ? value : null,
        float number => Widened(number),
        Half number => Widened((float)number),
        TimeSpan time => time.TotalMilliseconds,
        DateTime time => new DateTimeOffset(DateTime.SpecifyKind(time.Kind == DateTimeKind.Local ? time.ToUniversalTime() : time, DateTimeKind.Utc)),
        DateOnly date => date.ToString("yyyy-MM-dd", CultureInfo.InvariantCulture),
        TimeOnly time => time.ToString("HH:mm:ss.FFFFFFF", CultureInfo.InvariantCulture),
        char letter => letter.ToString(),
        Guid id => id.ToString(),
        Version version => version.ToString(),
        Uri { IsAbsoluteUri: true } address => address.GetComponents(UriComponents.AbsoluteUri & ~UriComponents.UserInfo, UriFormat.UriEscaped),
        Uri address => address.OriginalString,
        _ => null,
    };

    // By way of its text: 0.1f is 0.1, not 0.10000000149.
    private static double? Widened(float number) =>
        float.IsFinite(number) ? double.Parse(number.ToString("R", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture) : null;
}

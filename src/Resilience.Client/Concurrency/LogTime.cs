using System.Globalization;
using System.Numerics;

namespace Resilience.Client;

/// <summary>Times as logarithms of their ticks, to the base 2.</summary>
internal static class LogTime
{
    public const int FractionBits = 12;

    /// <summary>
    /// With so many bits behind the point. The next lower power of 2 and, between it and the next higher one, a straight line: at most 6 % off, and never out of order.
    /// </summary>
    public static long Fixed(TimeSpan time)
    {
        var ticks = (ulong)Math.Max(1, time.Ticks);
        var power = BitOperations.Log2(ticks);
        var fraction = (ticks << (63 - power) << 1) >> (64 - FractionBits);
        return ((long)power << FractionBits) + (long)fraction;
    }

    public static double Of(TimeSpan time) => Math.Log2(Math.Max(1, time.Ticks));

    public static TimeSpan Time(double logarithm) => TimeSpan.FromTicks((long)Math.Pow(2, logarithm));

    public static string Milliseconds(double logarithm) => string.Create(CultureInfo.InvariantCulture, $"{Time(logarithm).TotalMilliseconds:0.#} ms");
}

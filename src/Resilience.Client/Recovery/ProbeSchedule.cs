namespace Resilience.Client;

/// <summary>
/// When a backend that is down is asked again: after 2 % of the time it has been away already, so that the wait a caller pays after
/// its return is about that share of the outage, and the number of probes grows with the outage's logarithm.
/// </summary>
internal static class ProbeSchedule
{
    public static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(20);
    public static readonly TimeSpan Longest = TimeSpan.FromSeconds(1);
    /// <summary>How long those let in may keep silent before one more is let in.</summary>
    public static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);

    private const double Share = 0.02;
    private const double Spread = 0.2; // Either way, so that many processes do not ask in step.

    /// <param name="downFor">How long the backend has been down.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Interval(TimeSpan downFor, double random) =>
        Clamp(downFor * Share, Shortest, Longest) * (1 - Spread + 2 * Spread * random);

    /// <summary>While the start waits for it: the spread goes one way, so that it shows later than promised never.</summary>
    /// <param name="waited">For how long.</param>
    /// <param name="random">From 0, inclusive, to 1, exclusive.</param>
    public static TimeSpan Awaited(TimeSpan waited, double random) => Clamp(waited * Share, Shortest, Longest) * (1 - Spread * random);

    /// <summary>
    /// How long one probe may take: 10 % of the time away, from 1 s up to what an attempt may take. A lost packet then delays
    /// the discovery by no more than that share, and a backend whose health answers slowly is still found.
    /// </summary>
    public static TimeSpan Timeout(TimeSpan downFor, TimeSpan attemptTimeout) =>
        Clamp(downFor * 0.1, TimeSpan.FromSeconds(1), attemptTimeout);

    /// <summary>
    /// How long a health path is believed that says no, before a real call is tried all the same: 10 % of the time away, 5 s to 30 s.
    /// Health may fail for another reason than the calls would.
    /// </summary>
    public static TimeSpan Belief(TimeSpan downFor) => Clamp(downFor * 0.1, TimeSpan.FromSeconds(5), TimeSpan.FromSeconds(30));

    /// <summary>
    /// How long a call that was let in and failed rests before it is let in again, if nobody else is there to try: 10 % of the time away, 200 ms to 5 s. A health path
    /// may say yes while calls fail; at the probes' pace a lone call would be sent a hundred times in seconds (measured).
    /// </summary>
    public static TimeSpan Rest(TimeSpan downFor) => Clamp(downFor * 0.1, TimeSpan.FromMilliseconds(200), TimeSpan.FromSeconds(5));

    private static TimeSpan Clamp(TimeSpan value, TimeSpan low, TimeSpan high) =>
        value > high ? high : value < low ? (low < high ? low : high) : value;
}

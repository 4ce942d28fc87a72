namespace Resilience.Client;

/// <summary>
/// Whether a backend answers far fewer calls than it used to while as many are sent. That shows before latency does, since those who tell of a queue have been through it:
/// by Little's law (J. D. C. Little, "A proof for the queuing formula: L = λW", 1961), the number under way divided by how many are answered in a time is what the next one will take.
/// Not thread-safe.
/// </summary>
internal sealed class Throughput
{
    private const double Fewer = 0.5; // Of what is answered usually.
    private const double More = 2; // Times the most that are under way usually.
    private const double FarTooLate = 3; // Eight times the usual latency; as a logarithm.
    private const double NewShare = 0.1; // Of what is learnt at a look.
    private const int MostPauses = 2; // Nothing was answered in between: a pause, after which all goes on.

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    private double _usual; // A tick.
    private long _answered;
    private TimeSpan _looked;

    /// <summary>What the last look saw, if it was bad.</summary>
    public Shortfall? Shortfall { get; private set; }

    /// <summary>When to look again; each time, twice the usual latency later.</summary>
    public TimeSpan Due { get; private set; }

    /// <param name="now">When something was answered.</param>
    /// <param name="answered">How many were, ever.</param>
    /// <param name="underWay">At once.</param>
    /// <param name="usual">How it is while latency is as usual; nothing as long as that is not known.</param>
    /// <returns>Whether it was bad twice in succession: once may be chance.</returns>
    public bool Look(TimeSpan now, long answered, int underWay, Usual? usual)
    {
        var before = Shortfall;
        Shortfall = null;
        var (number, took) = (answered - _answered, now - _looked);
        var pause = 2 * (usual?.Latency ?? default);
        pause = pause > Shortest ? pause : Shortest;
        (_answered, _looked, Due) = (answered, now, now + pause);
        if (usual is not { } known || number == 0 || took > MostPauses * pause)
            return false;
        var rate = (double)number / took.Ticks;
        if (underWay < More * known.UnderWay)
            _usual += NewShare * (rate - _usual);
        else if (rate <= Fewer * _usual && Math.Log2(underWay / rate / known.Latency.Ticks) > FarTooLate)
            Shortfall = new(rate, underWay);
        return before is not null && Shortfall is not null;
    }
}

/// <param name="Rate">How many are answered a tick.</param>
/// <param name="UnderWay">At once, meanwhile.</param>
internal readonly record struct Shortfall(double Rate, int UnderWay)
{
    /// <summary>What the next one will take, as a logarithm of ticks.</summary>
    public double Latency => Math.Log2(UnderWay / Rate);
}

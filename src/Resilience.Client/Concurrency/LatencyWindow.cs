namespace Resilience.Client;

/// <summary>
/// What the attempts of a window took, of those that both began and ended in it. Thread-safe; an attempt costs one addition.
/// </summary>
internal sealed class LatencyWindow
{
    private const int MinSamples = 16, EnoughSamples = 256;
    private const int CountBits = 20; // Samples in one number: how many below, the sum of their logarithms above.
    private const long CountMask = (1 << CountBits) - 1;

    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(10);

    private long _samples;
    private long _began, _ends; // In ticks.

    /// <summary>When it was begun.</summary>
    public TimeSpan Turned { get; private set; }

    /// <returns>Whether the window is over.</returns>
    public bool Add(TimeSpan began, TimeSpan now)
    {
        if (began.Ticks < Volatile.Read(ref _began))
            return false;
        if ((Volatile.Read(ref _samples) & CountMask) >= EnoughSamples && now.Ticks < Volatile.Read(ref _ends))
            return false; // More would only cost.
        var samples = Interlocked.Add(ref _samples, (LogTime.Fixed(now - began) << CountBits) + 1);
        return now.Ticks >= Volatile.Read(ref _ends) && (samples & CountMask) >= MinSamples;
    }

    /// <summary>Logarithm to the base 2 of their mean, if it is over. Under the lock of <see cref="ConcurrencyLimit"/>, as is what follows.</summary>
    public double? Latency(TimeSpan now)
    {
        var samples = Volatile.Read(ref _samples);
        return now.Ticks < _ends || (samples & CountMask) == 0 ? null : (samples >> CountBits) / (double)(samples & CountMask) / (1 << LogTime.FractionBits);
    }

    /// <summary>Begins anew, for as long as an attempt takes.</summary>
    public void Turn(TimeSpan now, TimeSpan latency)
    {
        // Those that a higher limit lets in at once find shorter a queue than those after them.
        Volatile.Write(ref _began, (now + (latency / 8 > Shortest / 8 ? latency / 8 : Shortest / 8)).Ticks);
        Volatile.Write(ref _ends, (now + (latency > Shortest ? latency : Shortest)).Ticks);
        Interlocked.Exchange(ref _samples, 0);
        Turned = now;
    }
}

namespace Resilience.Client;

/// <summary>
/// Section <c>Concurrency</c> of a backend: how many attempts may be under way at once. More wait for a place, the newest first, as they wait for a
/// backend that is down: an overloaded one answers some in time, instead of all too late.
/// </summary>
public sealed class ConcurrencyOptions
{
    /// <summary>Default <see cref="ConcurrencyMode.Adaptive"/>.</summary>
    public ConcurrencyMode Mode { get; set; } = ConcurrencyMode.Adaptive;

    /// <summary>Below this the adaptive limit never goes. Default 10; 1 to <see cref="Max"/>.</summary>
    public int Min { get; set; } = 10;

    /// <summary>The limit while latency is as usual, and the fixed one. Default 1,000; 1 to 100,000.</summary>
    public int Max { get; set; } = 1000;
}

/// <summary>What limits the attempts that are under way to a backend at once.</summary>
public enum ConcurrencyMode
{
    /// <summary>
    /// <see cref="ConcurrencyOptions.Max"/> while latency is as usual; once it has doubled, as many as bring the most throughput for the latency
    /// (Kleinrock's power), no fewer than <see cref="ConcurrencyOptions.Min"/>. Latency that does not fall with fewer under way is the backend's own, and
    /// limits nothing. Where nothing comes back, not even from <see cref="RecoveryOptions.ProbePath"/>, nobody is let in until few are under way.
    /// </summary>
    Adaptive,

    /// <summary><see cref="ConcurrencyOptions.Max"/>, always.</summary>
    Fixed,

    /// <summary>Nothing does.</summary>
    None,
}

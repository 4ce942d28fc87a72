namespace Resilience.Client;

/// <summary>
/// The way that a limit goes, up or down: where it began, and where on it power was greatest, throughput divided by latency. Latencies are logarithms to the base 2. Not thread-safe.
/// </summary>
internal sealed class Way
{
    private const double LeastStep = 0.25; // A smaller change of the limit shows nothing.
    private const double Proof = 1.25; // One that shows beyond noise that latency does not follow: 228, 342, 513, 770.
    private const double Noise = 0.1;
    private const double Halved = -0.9; // Had those under way been queueing, half as many would have taken half as long.

    private bool _isClimbing;
    private int _start; // 0: nowhere yet.

    /// <summary>Where power was greatest.</summary>
    public (double Latency, int Limit) Best { get; private set; }

    /// <summary>It begins where the limit goes next from.</summary>
    public void Forget() => _start = 0;

    /// <summary>A step from here.</summary>
    public void Go(bool isClimbing, double latency, int limit)
    {
        if (_isClimbing != isClimbing || _start == 0)
            (_isClimbing, _start, Best) = (isClimbing, limit, (latency, limit));
        else if (Power(latency, limit) > Power(Best.Latency, Best.Limit))
            Best = (latency, limit);
    }

    /// <summary>
    /// Whether latency follows the limit, as far as can be told. Compared with the best on the way, not with where it began: a long way over flat ground must not hide that
    /// it has become steep.
    /// </summary>
    public bool IsFollowed(double latency, int limit)
    {
        if (_start == 0 || Math.Abs(Octaves(Best.Limit, limit)) < LeastStep)
            return true;
        return Power(latency, limit) > Power(Best.Latency, Best.Limit) != _isClimbing;
    }

    /// <summary>Whether it went down far enough for latency to fall, which did not.</summary>
    public bool HasGoneDownInVain(double latency, int limit) =>
        !_isClimbing && (Octaves(Best.Limit, limit) <= Halved || latency > Best.Latency + Noise);

    /// <summary>Whether it went up so far that latency would have shown it.</summary>
    public bool HasGoneUpFar(int limit) => Octaves(_start, limit) >= Proof;

    private static double Octaves(int from, int to) => Math.Log2((double)to / from);

    // Throughput divided by latency, where throughput is the number under way divided by latency; as a logarithm.
    private static double Power(double latency, int limit) => Math.Log2(limit) - (2 * latency);
}

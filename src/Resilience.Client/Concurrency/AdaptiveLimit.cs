namespace Resilience.Client;

/// <summary>
/// Decides how many attempts may be under way, from what windows of them took. While latency is as usual, nothing is limited. Once it has
/// doubled, each change of the limit is an experiment: where fewer under way make latency fall, they were queueing, and the limit goes down; where they do not,
/// latency is the backend's own, and the limit goes up. The border between the two, an elasticity of one half, is where throughput divided by latency is
/// greatest: Kleinrock's power (L. Kleinrock, "Power and deterministic rules of thumb", ICC 1979). Not thread-safe.
/// </summary>
/// <remarks>Latencies are logarithms to the base 2: their mean is that of ratios, which a single slow answer does not move far.</remarks>
internal sealed class AdaptiveLimit
{
    private const double Doubled = 1; // As a logarithm.
    private const double Up = 1.5, Down = 0.5, FarDown = 0.25;
    private const double Risen = 0.5; // By two fifths.
    private const double FarTooLate = 3; // Eight times the usual: a queue that halving takes long to drain.

    /// <summary>How fast latency that rises slowly becomes the usual one.</summary>
    private static readonly TimeSpan Memory = TimeSpan.FromSeconds(30);

    /// <summary>How long the lowest limit rests before it is tried again what more would do.</summary>
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    /// <summary>How long latency is believed to be the backend's own, at first: twice as long each time that it is found so again.</summary>
    private static readonly TimeSpan Belief = TimeSpan.FromSeconds(2);

    private readonly Way _way = new();
    private double? _usual;
    private double _usualPeak;
    private double? _usualBefore; // What it was until the backend's own latency took its place.
    private TimeSpan _belief = Belief;
    private TimeSpan _believed;
    private bool _isHalted;
    private TimeSpan _rested;
    private double? _lowest; // Latency, while the lowest limit rests.

    /// <summary>The most that were under way while latency was as usual: of lately, more or less.</summary>
    public int UsualPeak => (int)_usualPeak;

    public double? UsualLatency => _usualBefore ?? _usual;

    /// <summary>Of the last window.</summary>
    public double Latency { get; private set; }

    /// <summary>How many may be under way; nothing while latency is as usual.</summary>
    public int? Held { get; private set; }

    /// <summary>Whether the limit is due to a halt, with no window of attempts since.</summary>
    public bool IsHalted => _isHalted && Held is not null;

    public void Next(LimitWindow window, int min, int max)
    {
        Latency = window.Latency;
        if (IsHalted) // Of which what was under way before it is no part.
            window = window with { Peak = Math.Min(window.Peak, Held ?? max) };
        _isHalted = false;
        Doubt(window);
        var usual = _usual ??= window.Latency;
        var isLate = window.Latency > usual + Doubled;
        if (Held is not { } held)
        {
            if (!isLate || window.Peak <= min)
                Learn(window);
            else
                Hold(window.Peak); // Latency lags behind a queue that grows: it must stand first.
        }
        else if (!window.WasFull)
        {
            if (!isLate)
            {
                Learn(window);
                Climb(window, held, max, Up * Up);
            }
            else if (window.Peak > min && window.Peak < held / 2)
            {
                Hold(window.Peak); // So high a limit is none.
            }
            else if ((_rested += window.Length) >= Rest)
            {
                Believe(window.Latency, usual); // Late, and not by as many as we would let in.
                _rested = TimeSpan.Zero;
            }
        }
        else if (!isLate)
        {
            Learn(window);
            Climb(window, held, max, Up);
        }
        else if (!_way.IsFollowed(window.Latency, held))
        {
            var fellInVain = _way.HasGoneDownInVain(window.Latency, held);
            if (fellInVain || _way.HasGoneUpFar(held))
                Believe(window.Latency, usual);
            if (fellInVain)
                Climb(window with { Latency = _way.Best.Latency }, _way.Best.Limit, max, Up);
            else
                Climb(window, held, max, Up);
        }
        else if (held > min)
        {
            _way.Go(isClimbing: false, window.Latency, held);
            Go(Math.Max(min, (int)(held * (window.Latency > usual + FarTooLate ? FarDown : Down))));
        }
        else
        {
            _lowest = Math.Min(_lowest ?? window.Latency, window.Latency);
            _rested += window.Length;
            if (_rested >= Rest || window.Latency > _lowest + Risen) // And no more under way than before: it may well be the backend's own.
                Climb(window, held, max, Up);
        }
    }

    /// <summary>One that was alone took so long: that is the backend's own.</summary>
    public void Return(double latency)
    {
        if (_usual is { } usual && latency > usual + Doubled)
            Believe(latency, usual);
    }

    /// <summary>Those under way do not come back: they are of another kind than those that did, and tell nothing.</summary>
    public void Stall(int max)
    {
        if (Held is { } held)
            Held = held * 2 >= max ? null : held * 2;
        _way.Forget();
    }

    /// <summary>The backend has become silent altogether: what is under way must come back first, and then it is sent as usual, with as much again to catch up.</summary>
    public void Halt(int min)
    {
        Hold(Math.Max(min, 2 * UsualPeak));
        _isHalted = true;
    }

    /// <summary>It has not: that those under way do not come back is their own.</summary>
    public void EndHalt()
    {
        if (IsHalted)
            Hold(null);
    }

    /// <summary>What is held back begins anew, at the lowest.</summary>
    public void Reset(int min)
    {
        EndHalt();
        if (Held is not null)
            Hold(min);
    }

    private void Climb(LimitWindow window, int held, int max, double factor)
    {
        _way.Go(isClimbing: true, window.Latency, held);
        var next = (int)Math.Ceiling(held * factor);
        Go(next < max ? next : null);
    }

    private void Hold(int? limit)
    {
        _way.Forget();
        Go(limit);
    }

    private void Go(int? limit) => (Held, _isHalted, _rested, _lowest) = (limit, false, TimeSpan.Zero, null);

    private void Believe(double latency, double usual)
    {
        _usualBefore ??= usual;
        _usual = latency;
        _believed = TimeSpan.Zero;
    }

    // A cold backend that has become warm, with thousands waiting, is as late by its queue as it was by itself.
    private void Doubt(LimitWindow window)
    {
        if (_usualBefore is { } before && (_believed += window.Length) >= _belief)
            (_usual, _usualBefore, _belief) = (Math.Min(before, _usual ?? before), null, _belief * 2);
    }

    // Down at once, up slowly.
    private void Learn(LimitWindow window)
    {
        var usual = _usual ?? window.Latency;
        if (_usualBefore is null)
            _belief = Belief;
        var share = window.Latency < usual ? 0.25 : Math.Min(0.25, window.Length / Memory);
        _usual = usual + share * (window.Latency - usual);
        if (_usualBefore is null)
            _usualPeak = Math.Max(window.Peak, _usualPeak - Math.Min(1, window.Length / Memory) * (_usualPeak - window.Peak));
    }
}

/// <param name="Latency">Logarithm to the base 2 of the attempts' mean latency: of those that both began and ended in the window.</param>
/// <param name="Peak">The most that were under way.</param>
/// <param name="WasFull">Whether one more wanted to be.</param>
/// <param name="Length">How long it was.</param>
internal readonly record struct LimitWindow(double Latency, int Peak, bool WasFull, TimeSpan Length);

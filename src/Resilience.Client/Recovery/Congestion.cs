namespace Resilience.Client;

/// <summary>
/// Whether calls have been waiting for places for so long that somebody should hear of it. Looked at in steps of
/// <see cref="ProbeSchedule.Patience"/>; a crowd that comes and goes is one. Not thread-safe, but for <see cref="IsNow"/>.
/// </summary>
internal sealed class Congestion
{
    private const int Looks = 4; // A second: shorter ones are the limit at its work.
    private const int Quiet = 40; // 10 s without one who waits: at most two lines of log in that time.

    private int _full;
    private int _empty;
    private bool _isKnown;

    /// <summary>Whether it has lasted for so long, and still does.</summary>
    public bool IsNow => _isKnown && _empty < Looks;

    /// <summary>When it began.</summary>
    public TimeSpan Since { get; private set; }

    /// <summary>When somebody waited last.</summary>
    public TimeSpan Until { get; private set; }

    /// <summary>Whether there is anything to look at again.</summary>
    public bool IsThere => _full > 0;

    public CongestionNews Look(bool isWaitedFor, TimeSpan now)
    {
        if (isWaitedFor)
        {
            (_empty, Until) = (0, now);
            if (_full++ == 0)
                Since = now;
            if (_isKnown || _full < Looks)
                return CongestionNews.None;
            _isKnown = true;
            return CongestionNews.Begins;
        }

        return _isKnown && ++_empty < Quiet ? CongestionNews.None : End();
    }

    /// <summary>The backend is down, say, and nobody waits for places.</summary>
    public CongestionNews End()
    {
        var wasKnown = _isKnown;
        (_full, _empty, _isKnown) = (0, 0, false);
        return wasKnown ? CongestionNews.IsOver : CongestionNews.None;
    }
}

internal enum CongestionNews
{
    None,
    Begins,
    IsOver,
}

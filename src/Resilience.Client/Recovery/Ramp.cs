namespace Resilience.Client;

/// <summary>
/// Lets calls in after an outage: one, then a few, then one more for each that succeeds, so that the number in flight doubles per round
/// trip; once it carries as many calls a second as were usual before the outage, it grows by a quarter, since what the backend is sent then is what it
/// answers and a quarter more. One that returns cold, ten times as slow, has ten times as many under way at the same rate.
/// A failure does not add one; once at least 80 % of what came back are failures, the first answer included, the ramp has failed.
/// Only quick successes widen it, and attempts that time out halve it: where others let in as many, too, that is all that tells of too many. After an
/// outage of time-outs a slow answer halves it as well, and where one at a time is too many already, it rests.
/// Other failures do not make it narrower: at 30 % random failure, a ramp that halves stays at two in flight and never catches up (measured).
/// Not thread-safe: the lock of <see cref="Entrance"/> covers it.
/// </summary>
/// <param name="usual">How the backend was before its outage, if that is known.</param>
/// <param name="mayBeCold">An answer that takes long may be the backend's own slowness, and no queue.</param>
/// <param name="isLate">Attempts were not answered in time.</param>
internal sealed class Ramp(Usual? usual = null, bool mayBeCold = false, bool isLate = false)
{
    public const int Few = 4;
    private const int QuickShare = 4, QuickShareOfLate = 10; // Of the time that an attempt has.
    private const int Rest = 2; // Times what a slow one took.
    private const int SuccessesForOneMore = 4; // Beyond the usual.
    private const int MostSlow = 3; // Answers in a row that took as long as the one before: a queue's vary more, and the backend is slow by nature.
    private const double AsLong = 0.15;
    private const int FailuresPerSuccess = 4; // 4 failed of 5 are the 80 % at which a circuit opens.

    private double _usual = usual?.UnderWay ?? int.MaxValue;
    private TimeSpan _quickest = TimeSpan.MaxValue; // Of the answers so far: the nearest to what it takes without a queue.
    private int _limit = 1; // The first one goes alone: it is the proof that the others wait for.
    private TimeSpan _slowBefore = TimeSpan.MaxValue;
    private int _slow;
    private int _inFlight;
    private int _failed;
    private int _returned;
    private int _returnedBefore;
    private bool _isResting;

    public int Succeeded { get; private set; }

    /// <summary>How many it lets in at once by now.</summary>
    public int Width => _limit;

    public bool HasRoom => _inFlight < _limit && !_isResting;

    public void Enter() => _inFlight++;

    /// <summary>One came back that tells nothing: cancelled by its caller, say.</summary>
    public void Abandon()
    {
        _inFlight--;
        _returned++;
    }

    /// <summary>Whether the one that is under way has been the only one.</summary>
    public bool IsAlone => _inFlight == 1 && _returned == 0;

    /// <summary>Whether one more is all that it takes to let one more in.</summary>
    public bool IsFull => _inFlight == _limit;

    /// <param name="took">How long.</param>
    /// <param name="time">How long it could have taken: what is quick is a share of that, however quick it was before.</param>
    /// <returns>How long to let nobody in, from now on, until <see cref="GoOn"/>. Zero if no rest begins.</returns>
    public TimeSpan Succeed(TimeSpan took, TimeSpan time)
    {
        _inFlight--;
        _returned++;
        Succeeded++;
        if (mayBeCold && took < _quickest && usual is { Latency.Ticks: > 0 } before)
        {
            _quickest = took;
            _usual = before.UnderWay * Math.Max(1, took / before.Latency);
        }

        if (took > time / (isLate ? QuickShareOfLate : QuickShare) && took > 2 * (usual?.Latency ?? TimeSpan.Zero) && !IsSlowByNature(took))
            return isLate ? SlowDown(took) : TimeSpan.Zero;
        if (Succeeded == 1 || _limit < Few && _failed == 0)
            _limit = Few;
        else if (_limit < _usual || Succeeded % SuccessesForOneMore == 0)
            _limit++;
        return TimeSpan.Zero;
    }

    private bool IsSlowByNature(TimeSpan took)
    {
        _slow = Math.Abs(took / _slowBefore - 1) <= AsLong ? _slow + 1 : 0;
        _slowBefore = took;
        return _slow >= MostSlow;
    }

    private TimeSpan SlowDown(TimeSpan took)
    {
        if (_limit > 1)
        {
            _limit /= 2;
            return TimeSpan.Zero;
        }

        if (_isResting)
            return TimeSpan.Zero;
        _isResting = true;
        return Rest * took;
    }

    public void GoOn() => _isResting = false;

    /// <summary>Asked at intervals: whether none has come back since.</summary>
    public bool IsSilent()
    {
        var isSilent = _returned == _returnedBefore && !_isResting;
        _returnedBefore = _returned;
        return isSilent;
    }

    public void Widen() => _limit++;

    /// <param name="inTime">False if its time was over.</param>
    /// <returns>Whether the ramp has failed, and the backend is down again.</returns>
    public bool Fail(bool inTime = true)
    {
        var isTooMuch = !inTime && _limit == 1; // And there is no fewer but none.
        if (!inTime)
            _limit = Math.Max(1, _limit / 2);
        _inFlight--;
        _returned++;
        _failed++;
        return isTooMuch || _failed >= FailuresPerSuccess * Succeeded;
    }
}

/// <summary>How a backend was while latency was as usual.</summary>
/// <param name="UnderWay">The most at once, of lately.</param>
/// <param name="Latency">Zero if nothing is known of it.</param>
internal readonly record struct Usual(int UnderWay, TimeSpan Latency = default);

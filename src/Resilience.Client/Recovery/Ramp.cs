namespace Resilience.Client;

/// <summary>
/// Lets calls in after an outage: one, then a few, then one more for each that succeeds, so that the number in flight doubles per round
/// trip. A failure does not add one; once at least 80 % of what came back are failures, the first answer included, the ramp has failed.
/// Failures do not make it narrower: at 30 % random failure, a ramp that halves stays at two in flight and never catches up (measured).
/// Not thread-safe: the backend's lock covers it.
/// </summary>
internal sealed class Ramp
{
    public const int Few = 4;
    private const int FailuresPerSuccess = 4; // 4 failed of 5 are the 80 % at which a circuit opens.

    private int _limit = 1; // The first one goes alone: it is the proof that the others wait for.
    private int _inFlight;
    private int _failed;
    private int _returned;
    private int _returnedBefore;

    public int Succeeded { get; private set; }

    /// <summary>How many it lets in at once by now.</summary>
    public int Width => _limit;

    public bool HasRoom => _inFlight < _limit;

    public void Enter() => _inFlight++;

    /// <summary>One came back that tells nothing: cancelled by its caller, say.</summary>
    public void Abandon()
    {
        _inFlight--;
        _returned++;
    }

    public void Succeed()
    {
        _inFlight--;
        _returned++;
        Succeeded++;
        _limit = Succeeded == 1 ? Few : _limit < int.MaxValue ? _limit + 1 : _limit;
    }

    /// <summary>Asked at intervals: lets one more in if none has come back since.</summary>
    public void Widen()
    {
        if (_returned == _returnedBefore)
            _limit++;
        _returnedBefore = _returned;
    }

    /// <returns>Whether the ramp has failed, and the backend is down again.</returns>
    public bool Fail()
    {
        _inFlight--;
        _returned++;
        _failed++;
        return _failed >= FailuresPerSuccess * Succeeded;
    }
}

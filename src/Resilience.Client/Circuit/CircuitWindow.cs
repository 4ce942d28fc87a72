namespace Resilience.Client;

/// <summary>
/// What came of the attempts made lately, and whether that is proof enough that the backend is down. Two rules, so that one
/// circuit serves from 0.5 to 10,000 calls a second:
/// the newest <see cref="Settings.MinSamples"/> attempts or more failed at <see cref="Settings.FailureRatio"/>, never those of the newest
/// bucket apart from the one before it, whose successes speak for a busy backend; or <see cref="Settings.MinFailures"/> in a row failed, none successful for half a second; one that was not answered in time counts as two.
/// Looking at the newest attempts, not at the whole window, an outage of a busy backend shows within two buckets (200 ms of 10 s).
/// Where nothing came before, 20 failures of one moment are all there is to know, and open it: a quiet backend is asked at once by the
/// probe then, and its calls, whose retries are few, wait for that instead of giving up. Thread-safe; a success takes no lock.
/// </summary>
internal sealed class CircuitWindow(TimeSpan window, Tally? passed = null)
{
    private const int Buckets = 100;
    private static readonly TimeSpan InARow = TimeSpan.FromMilliseconds(500);

    private readonly RollingCounts _counts = new(window, Buckets, passed);
    private readonly RollingCounts _late = new(window, Buckets); // Failures that were not answered in time.
    private readonly Lock _failing = new();
    private TimeSpan _rowSince;
    private int _row;
    private int _rowLate; // Of those: not answered in time.

    public void Succeed(TimeSpan now)
    {
        EndRow();
        _counts.Add(now, 1, 0);
    }

    /// <summary>The same for one that the tally counts next.</summary>
    public void Pass(TimeSpan now)
    {
        EndRow();
        _counts.Begin(now);
    }

    /// <returns>Whether the circuit must open.</returns>
    public bool Fail(TimeSpan now, Settings settings, bool isLate = false)
    {
        lock (_failing)
        {
            if (_row++ == 0)
                (_rowSince, _rowLate) = (now, 0);
            if (isLate)
            {
                _rowLate++;
                _late.Add(now, 0, 1);
            }

            _counts.Add(now, 0, 1);
            return now - _rowSince >= InARow && FailedInARow(now, settings) || FailedByRatio(now, settings);
        }
    }

    /// <summary>
    /// Asked when a call would give up, within the first moments of an outage, before either rule can tell: nothing but failures
    /// for as many attempts as the ratio needs. Fewer come about by bad luck (5 in a row, at 30 % and 1,000 attempts/s: twice a second).
    /// </summary>
    public bool MustOpenBeforeGivingUp(Settings settings) => Volatile.Read(ref _row) >= settings.MinSamples;

    /// <summary>How many failed since the last success, the one that is being dealt with included.</summary>
    public int FailuresInARow => Volatile.Read(ref _row);

    public double ErrorRate(TimeSpan now)
    {
        var (succeeded, failed) = _counts.Sum(now);
        return succeeded + failed == 0 ? 0 : (double)failed / (succeeded + failed);
    }

    public void Clear()
    {
        lock (_failing)
        {
            _row = 0;
            _counts.Clear();
            _late.Clear();
        }
    }

    private void EndRow()
    {
        if (Volatile.Read(ref _row) != 0)
            Volatile.Write(ref _row, 0);
    }

    private bool FailedInARow(TimeSpan now, Settings settings)
    {
        var failed = Math.Min(_row, _counts.Sum(now).Failed);
        return failed + Math.Min(_rowLate, _late.Sum(now).Failed) >= settings.MinFailures;
    }

    private bool FailedByRatio(TimeSpan now, Settings settings)
    {
        var open = false;
        _counts.Sum(now, (buckets, succeeded, failed) =>
            open = buckets > 1 && succeeded + failed >= settings.MinSamples && failed >= settings.FailureRatio * (succeeded + failed));
        return open;
    }
}

using Resilience.OutageLab.Caller;

namespace Resilience.OutageLab.Report;

/// <summary>A run's calls, by the time they were issued, in seconds.</summary>
internal sealed class Calls
{
    private readonly double[] _issued;
    private readonly double[] _ended;
    private readonly bool[] _succeeded;

    public Calls(CallLog log)
        : this(
            [.. log.Issued.Take(log.Count).Select(LabTime.Seconds)],
            [.. log.Ended.Take(log.Count).Select(at => at == CallLog.Unfinished ? double.PositiveInfinity : LabTime.Seconds(at))],
            [.. log.Succeeded.Take(log.Count)])
    {
    }

    public Calls(double[] issued, double[] ended, bool[] succeeded) => (_issued, _ended, _succeeded) = (issued, ended, succeeded);

    public int Count => _issued.Length;

    public int CountIssued(Func<double, bool> when) => _issued.Count(when);

    /// <summary>Of the calls issued then, how many succeeded, within so much time; NaN if none was issued.</summary>
    public double Share(Func<double, bool> when, double within = double.PositiveInfinity)
    {
        var (all, good) = (0, 0);
        for (var i = 0; i < Count; i++)
        {
            if (!when(_issued[i]))
                continue;
            all++;
            good += IsGood(i, within) ? 1 : 0;
        }

        return all == 0 ? double.NaN : (double)good / all;
    }

    /// <summary>Of the calls that succeeded, sorted.</summary>
    public double[] Latencies() => [.. Enumerable.Range(0, Count).Where(i => _succeeded[i]).Select(i => _ended[i] - _issued[i]).Order()];

    public double FirstSuccess(double after) =>
        Enumerable.Range(0, Count).Where(i => _succeeded[i] && _ended[i] >= after).Select(i => _ended[i]).DefaultIfEmpty(double.PositiveInfinity).Min();

    /// <summary>By time of issue: how many succeeded in time, later, and not at all.</summary>
    public List<(int InTime, int Late, int Failed)> Timeline(double step, double patience)
    {
        var bins = new (int InTime, int Late, int Failed)[Count == 0 ? 0 : (int)(_issued[^1] / step) + 1];
        for (var i = 0; i < Count; i++)
        {
            ref var bin = ref bins[(int)(_issued[i] / step)];
            if (!_succeeded[i])
                bin.Failed++;
            else if (IsGood(i, patience))
                bin.InTime++;
            else
                bin.Late++;
        }

        return [.. bins];
    }

    /// <summary>How many calls were out at the end of each step, until the last was issued.</summary>
    public List<int> InFlight(double step)
    {
        var changes = new int[Count == 0 ? 0 : (int)(_issued[^1] / step) + 1];
        for (var i = 0; i < Count; i++)
        {
            changes[(int)(_issued[i] / step)]++;
            if (_ended[i] / step < changes.Length)
                changes[(int)(_ended[i] / step)]--;
        }

        var now = 0;
        return [.. changes.Select(change => now += change)];
    }

    /// <summary>Calls issued from then on, in bins: how many, and how many of them good.</summary>
    public List<(int All, int Good)> ByBins(double from, double step, double within)
    {
        var bins = new List<(int All, int Good)>();
        for (var i = 0; i < Count; i++)
        {
            if (_issued[i] < from)
                continue;
            var bin = (int)((_issued[i] - from) / step);
            while (bins.Count <= bin)
                bins.Add((0, 0));
            bins[bin] = (bins[bin].All + 1, bins[bin].Good + (IsGood(i, within) ? 1 : 0));
        }

        return bins;
    }

    private bool IsGood(int call, double within) => _succeeded[call] && _ended[call] - _issued[call] <= within;
}

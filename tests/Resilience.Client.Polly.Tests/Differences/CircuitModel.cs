namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>
/// A circuit written down anew: with no rule it is Polly's, with all of them ours, with some of them it tells which make a difference. Slow and plain on
/// purpose, and without a line of either.
/// </summary>
internal sealed class CircuitModel(CircuitRule rules, int minFailures)
{
    public static readonly TimeSpan Break = TimeSpan.FromMilliseconds(500); // The shortest that Polly takes.

    private static readonly TimeSpan Window = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan InARow = TimeSpan.FromMilliseconds(500);
    private static readonly TimeSpan Patience = TimeSpan.FromMilliseconds(250);
    private readonly Dictionary<int, int> _beganIn = [];
    private readonly List<(long Tenth, bool Failed)> _samples = [];
    private readonly Queue<(TimeSpan Since, List<bool> Failed)> _seconds = [];
    private State _state;
    private int _epoch;
    private bool _byRefusal;
    private TimeSpan _blockedUntil, _rowSince, _widens;
    private int _row, _room, _inFlight, _returned, _returnedBefore;

    private enum State
    {
        Closed,
        Open,
        Trial,
    }

    /// <summary>Whether calls pass: what both are asked after everything that happens.</summary>
    public bool IsClosed => _state == State.Closed;

    /// <summary>Whether the call that began last was let in.</summary>
    public bool Admitted { get; private set; }

    public static CircuitModel Of(CircuitRule rules, int minFailures, IEnumerable<Happening> history)
    {
        var model = new CircuitModel(rules, minFailures);
        foreach (var happening in history)
            model.Meet(happening);
        return model;
    }

    public void Meet(Happening happening)
    {
        Widen(happening.At.Ours);
        switch (happening)
        {
            case Begins begins:
                Begin(begins);
                break;
            case Ends ends when _beganIn.Remove(ends.Call, out var epoch):
                End(ends, epoch);
                break;
            case Probed probe when _state == State.Open:
                Answer(probe);
                break;
        }
    }

    private bool Has(CircuitRule rule) => rules.HasFlag(rule);

    private void Begin(Begins call)
    {
        if (_state == State.Open && !Has(CircuitRule.ProbeEndsTheBreak) && call.At.Theirs >= _blockedUntil)
            BeginTrial(call.At);
        Admitted = _state == State.Closed || _state == State.Trial && _inFlight < _room;
        if (!Admitted)
            return;
        _beganIn[call.Call] = _epoch;
        if (_state == State.Trial)
            _inFlight++;
    }

    private void End(Ends call, int epoch)
    {
        if (_state == State.Trial && epoch == _epoch)
        {
            _inFlight--;
            _returned++;
        }
        else if (epoch != _epoch && Has(CircuitRule.StaleCountsForNothing))
        {
            return;
        }

        var isNo = call.With == Ending.TooMany && Has(CircuitRule.NoIsASignOfLife);
        bool? failed = call.With switch
        {
            Ending.Ok or Ending.Missing => false,
            Ending.Cancelled or Ending.Foreign => Has(CircuitRule.WhatSaysNothingDecidesNothing) ? null : false,
            Ending.TooMany when isNo => _state == State.Closed ? null : false,
            _ => true,
        };
        if (failed is not { } isFailure)
            return;
        if (_state == State.Trial && isFailure)
            Open(call.At);
        else if (_state == State.Trial)
            Close();
        else if (_state == State.Closed && Count(call, isFailure))
            Open(call.At, byRefusal: call.With == Ending.Refused);
    }

    private void Answer(Probed probe)
    {
        if (Has(CircuitRule.ReadyIsEnough) && (probe.Ready || _byRefusal))
            Close();
        else if (Has(CircuitRule.ProbeEndsTheBreak))
            BeginTrial(probe.At);
    }

    private bool Count(Ends call, bool failed)
    {
        var (now, wall) = call.At;
        var tenth = now.Ticks / (Window.Ticks / 100);
        if (failed && _row++ == 0)
            _rowSince = now;
        else if (!failed)
            _row = 0;
        _samples.Add((tenth, failed));
        if (_seconds.Count == 0 || wall - _seconds.Last().Since >= Window / 10)
            _seconds.Enqueue((wall, []));
        _seconds.Last().Failed.Add(failed);
        while (wall - _seconds.Peek().Since >= Window)
            _seconds.Dequeue();

        if (!failed)
            return false;
        _samples.RemoveAll(sample => tenth - sample.Tenth >= 100);
        if (Proves(Has(CircuitRule.AgesByTenths) ? _samples.Select(sample => sample.Failed) : _seconds.SelectMany(second => second.Failed)))
            return true;
        return Has(CircuitRule.RefusalIsProof) && call.With == Ending.Refused
            || Has(CircuitRule.FewInARow) && _row >= minFailures && now - _rowSince >= InARow && _samples.Count(sample => sample.Failed) >= minFailures
            || Has(CircuitRule.NewestDecide) && _samples.Count >= 20
                && Enumerable.Range(2, 98).Any(newest => Proves(_samples.Where(sample => tenth - sample.Tenth < newest).Select(sample => sample.Failed)));
    }

    private static bool Proves(IEnumerable<bool> failed)
    {
        var samples = failed.ToList();
        return samples.Count >= 20 && samples.Count(isFailure => isFailure) >= 0.8 * samples.Count;
    }

    private void BeginTrial(Moment at)
    {
        (_state, _epoch, _room, _inFlight, _returned, _returnedBefore) = (State.Trial, _epoch + 1, 1, 0, 0, 0);
        _widens = at.Ours + Patience;
    }

    private void Widen(TimeSpan now)
    {
        for (; _state == State.Trial && Has(CircuitRule.OneMoreWithoutNews) && _widens <= now; _widens += Patience)
        {
            if (_returned == _returnedBefore)
                _room++;
            _returnedBefore = _returned;
        }
    }

    private void Open(Moment at, bool byRefusal = false)
    {
        if (_state == State.Closed)
            _byRefusal = byRefusal;
        (_state, _epoch, _blockedUntil) = (State.Open, _epoch + 1, at.Theirs + Break);
    }

    private void Close()
    {
        (_state, _epoch, _row) = (State.Closed, _epoch + 1, 0);
        _samples.Clear();
        _seconds.Clear();
    }
}

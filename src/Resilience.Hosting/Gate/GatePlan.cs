namespace Resilience.Hosting;

/// <summary>A check's change, worth a line.</summary>
internal enum GateChange
{
    There,

    /// <summary>It fails, for the first time or for another reason than before.</summary>
    Fails,

    Gone,
    GivenUp,
}

internal readonly record struct GateEvent(GateChange Change, GatedCheck Check);

/// <summary>
/// Decides whether the gate opens: every check must be there by its newest run, or be optional and waited for long enough, one stage after the other. Time is passed in, counted from the gate's
/// start; looks must come in order.
/// </summary>
internal sealed class GatePlan
{
    private readonly StartupGateOptions _options;
    private readonly GatedCheck[] _checks;
    private readonly int[] _stages;
    private readonly GateNews _news = new();

    /// <param name="checks">The names of those that are tagged for it.</param>
    /// <param name="options">Checked.</param>
    public GatePlan(IEnumerable<string> checks, StartupGateOptions options)
    {
        _options = options;
        _checks = [.. checks.Select(name => new GatedCheck(name, Own(name)?.Stage ?? 0)).OrderBy(check => check.Stage)];
        _stages = [.. _checks.Select(check => check.Stage).Distinct()];
        View = new(_checks.Length == 0 ? GateVerdict.Open : GateVerdict.NotBegun, TimeSpan.Zero, [.. _checks]);
    }

    public GateView View { get; private set; }

    /// <summary>How many stages are through.</summary>
    public int Stage { get; private set; }

    /// <summary>Those that may run now.</summary>
    public IEnumerable<string> Begun => _checks.Where(check => check.State != GatedState.Later).Select(check => check.Name);

    /// <summary>When time alone changes something next; <see cref="TimeSpan.MaxValue"/> if it does not.</summary>
    public TimeSpan NextDeadline => _checks
        .Where(check => check.State == GatedState.Missing && check.Deadline > View.At)
        .Select(check => check.Deadline)
        .Append(_options.KeepWaiting || _options.Timeout <= View.At ? TimeSpan.MaxValue : _options.Timeout)
        .Min();

    /// <summary>Begins with the first stage.</summary>
    /// <param name="snapshot">In which every check is.</param>
    public void Begin(HealthSnapshot snapshot)
    {
        for (var i = 0; i < _checks.Length; i++)
            _checks[i] = _checks[i] with { IsRequired = Own(_checks[i].Name)?.Required ?? snapshot[_checks[i].Name]?.IsCritical ?? true };
        BeginStage(TimeSpan.Zero);
        View = View with { Verdict = GateVerdict.Waiting, Checks = [.. _checks] };
    }

    /// <summary>Takes in what the checks say now.</summary>
    public IReadOnlyList<GateEvent> Look(HealthSnapshot snapshot, TimeSpan now)
    {
        var events = new List<GateEvent>();
        if (View.Verdict != GateVerdict.Waiting)
            return events;
        do
        {
            for (var i = 0; i < _checks.Length; i++)
            {
                if (_checks[i].State != GatedState.Later)
                    _checks[i] = Look(_checks[i], snapshot[_checks[i].Name], now, events);
            }
        }
        while (Advance(now));

        View = new(Verdict(now), now, [.. _checks]);
        return events;
    }

    private GatedCheck Look(GatedCheck before, CheckSnapshot? said, TimeSpan now, List<GateEvent> events)
    {
        var check = said?.CheckedAt is null ? before : Take(before, said, now);
        if (check is { State: GatedState.Missing, IsRequired: false } && (IsOver(check, now) || Reasons.IsHopeless(check.Error)))
            check = check with { State = GatedState.GivenUp, Waited = check.WaitedUntil(now) };
        if (_news.Of(before, check, now) is { } change)
            events.Add(new(change, check));
        return check;
    }

    private GatedCheck Take(GatedCheck check, CheckSnapshot said, TimeSpan now)
    {
        // What is critical serves while degraded; of what is optional, that may be how it fails.
        if (said.IsKnown && (said.RawStatus == HealthStatus.Healthy || said.RawStatus == HealthStatus.Degraded && said.IsCritical))
        {
            return check.State == GatedState.There
                ? check with { Runs = said.Runs }
                : check with { State = GatedState.There, Since = now, Waited = check.WaitedUntil(now), Runs = said.Runs };
        }

        check = check with { Error = said.Error, Description = said.Description, Runs = said.Runs };
        if (check.State != GatedState.There)
            return check;
        // What is required is waited for anew: that it flaps once, late, is no reason to fail at once.
        return check with { State = GatedState.Missing, Since = now, Deadline = check.IsRequired ? DeadlineOf(check, now) : check.Deadline };
    }

    /// <summary>Begins the next stage when this one is through.</summary>
    private bool Advance(TimeSpan now)
    {
        if (Stage + 1 >= _stages.Length || _checks.Any(check => check.State == GatedState.Missing))
            return false;
        Stage++;
        BeginStage(now);
        return true;
    }

    private void BeginStage(TimeSpan now)
    {
        for (var i = 0; i < _checks.Length; i++)
        {
            if (_checks[i].State == GatedState.Later && _checks[i].Stage <= _stages[Stage])
                _checks[i] = _checks[i] with { State = GatedState.Missing, Since = now, Deadline = DeadlineOf(_checks[i], now), Error = CheckErrors.NotRun };
        }
    }

    private TimeSpan DeadlineOf(GatedCheck check, TimeSpan from) =>
        Own(check.Name)?.Timeout is { } own ? from + own : check.IsRequired ? TimeSpan.MaxValue : from + _options.OptionalTimeout;

    private GateVerdict Verdict(TimeSpan now)
    {
        if (!_checks.Any(check => check.IsMissing))
            return GateVerdict.Open;
        if (_options.KeepWaiting)
            return GateVerdict.Waiting;
        return _checks.Any(check => check is { State: GatedState.Missing, IsRequired: true } && (IsOver(check, now) || Reasons.IsHopeless(check.Error)))
            ? GateVerdict.Failed : GateVerdict.Waiting;
    }

    private bool IsOver(GatedCheck check, TimeSpan now) => now >= check.Deadline || now >= _options.Timeout && !_options.KeepWaiting;

    private StartupCheckOptions? Own(string name) => _options.Checks.TryGetValue(name, out var own) ? own : null;
}

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
    // However fast its reasons alternate. The reports say the newest all the same.
    private static readonly TimeSpan QuietAfterReason = TimeSpan.FromSeconds(1);

    private readonly StartupGateOptions _options;
    private readonly GatedCheck[] _checks;
    private readonly int[] _stages;
    private readonly Dictionary<string, (string? Error, TimeSpan At)> _said = new(StringComparer.OrdinalIgnoreCase);
    private int _stage; // An index into _stages.

    /// <param name="checks">The names of those that are tagged for it.</param>
    /// <param name="options">Checked.</param>
    public GatePlan(IEnumerable<string> checks, StartupGateOptions options)
    {
        _options = options;
        _checks = [.. checks.Select(name => new GatedCheck(name, options.Checks.TryGetValue(name, out var own) ? own.Stage : 0)).OrderBy(check => check.Stage)];
        _stages = [.. _checks.Select(check => check.Stage).Distinct()];
        View = new(_checks.Length == 0 ? GateVerdict.Open : GateVerdict.Waiting, TimeSpan.Zero, [.. _checks]);
    }

    public GateView View { get; private set; }

    /// <summary>Those that may run now.</summary>
    public IEnumerable<string> Begun => _checks.Where(check => check.State != GatedState.Later).Select(check => check.Name);

    /// <summary>Those that must not run before the first stage is through.</summary>
    public IEnumerable<string> Later => _checks.Where(check => check.Stage != _stages[0]).Select(check => check.Name);

    /// <summary>When time alone changes something next; <see cref="TimeSpan.MaxValue"/> if it does not.</summary>
    public TimeSpan NextDeadline => _checks
        .Where(check => check.State == GatedState.Missing && check.Deadline > View.At)
        .Select(check => check.Deadline)
        .Concat(_options.KeepWaiting || _options.Timeout <= View.At ? [] : [_options.Timeout])
        .DefaultIfEmpty(TimeSpan.MaxValue).Min();

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
                if (_checks[i].Stage <= _stages[_stage])
                    _checks[i] = Look(_checks[i], snapshot[_checks[i].Name], now, events);
            }
        }
        while (Advance());

        View = new(Verdict(now), now, [.. _checks]);
        return events;
    }

    private GatedCheck Look(GatedCheck before, CheckSnapshot? said, TimeSpan now, List<GateEvent> events)
    {
        var check = before;
        if (check.State == GatedState.Later)
        {
            _options.Checks.TryGetValue(check.Name, out var own);
            var required = own?.Required ?? said?.IsCritical ?? true;
            var timeout = own?.Timeout ?? (required ? TimeSpan.MaxValue : _options.OptionalTimeout);
            check = check with { State = GatedState.Missing, IsRequired = required, Since = now, Deadline = timeout == TimeSpan.MaxValue ? timeout : now + timeout, Error = CheckErrors.NotRun };
        }

        if (said?.CheckedAt is not null)
            check = Take(check, said, now, events);
        if (check is { State: GatedState.Missing, IsRequired: false } && (now >= check.Deadline || now >= _options.Timeout || Reasons.IsHopeless(check.Error)))
        {
            check = check with { State = GatedState.GivenUp };
            events.Add(new(GateChange.GivenUp, check));
        }

        return check;
    }

    private GatedCheck Take(GatedCheck check, CheckSnapshot said, TimeSpan now, List<GateEvent> events)
    {
        // What is critical serves while degraded; of what is optional, that may be how it fails.
        if (said.IsKnown && (said.RawStatus == HealthStatus.Healthy || said.RawStatus == HealthStatus.Degraded && said.IsCritical))
        {
            if (check.State == GatedState.There)
                return check with { Runs = said.Runs };
            check = check with { State = GatedState.There, Since = now, Runs = said.Runs };
            _said.Remove(check.Name);
            events.Add(new(GateChange.There, check));
            return check;
        }

        var isGone = check.State == GatedState.There;
        check = check with
        {
            State = check.State == GatedState.GivenUp ? GatedState.GivenUp : GatedState.Missing,
            Since = isGone ? now : check.Since,
            Error = said.Error,
            Description = said.Description,
            Runs = said.Runs,
        };
        if (isGone || !_said.TryGetValue(check.Name, out var last) || last.Error != check.Error && now - last.At >= QuietAfterReason)
        {
            _said[check.Name] = (check.Error, now);
            if (check.State == GatedState.Missing)
                events.Add(new(isGone ? GateChange.Gone : GateChange.Fails, check));
        }

        return check;
    }

    /// <summary>Begins the next stage when this one is through.</summary>
    private bool Advance()
    {
        if (_stage + 1 >= _stages.Length || _checks.Any(check => check.State == GatedState.Missing))
            return false;
        _stage++;
        return true;
    }

    private GateVerdict Verdict(TimeSpan now)
    {
        if (!_checks.Any(check => check.IsMissing))
            return GateVerdict.Open;
        if (_options.KeepWaiting)
            return GateVerdict.Waiting;
        var isLost = _checks.Any(check => check is { State: GatedState.Missing, IsRequired: true } && (now >= check.Deadline || Reasons.IsHopeless(check.Error)));
        return isLost || now >= _options.Timeout ? GateVerdict.Failed : GateVerdict.Waiting;
    }
}

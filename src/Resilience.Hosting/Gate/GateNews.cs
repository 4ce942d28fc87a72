namespace Resilience.Hosting;

/// <summary>
/// Tells which changes of a check are worth a line. The first ones are; where something alternates, they become rarer, a second more between each and the next: the reports say the newest
/// all the same. Not thread-safe.
/// </summary>
internal sealed class GateNews
{
    private static readonly TimeSpan Quiet = TimeSpan.FromSeconds(1);

    private readonly Dictionary<string, Said> _said = new(StringComparer.OrdinalIgnoreCase);

    /// <param name="before">The check at the last look.</param>
    /// <param name="check">The check now.</param>
    /// <param name="now">Counted from the gate's start.</param>
    public GateChange? Of(GatedCheck before, GatedCheck check, TimeSpan now)
    {
        if (check.Runs == 0 && check.State == GatedState.Missing)
            return null;
        var said = _said.GetValueOrDefault(check.Name);
        var wasThere = said is { State: GatedState.There };
        GateChange? change = check.State switch
        {
            GatedState.There => wasThere ? null : GateChange.There,
            GatedState.GivenUp when before.State != GatedState.GivenUp && !wasThere => GateChange.GivenUp,
            _ when said is not null && now - said.At < Quiet * said.Lines => null,
            GatedState.Missing when !wasThere && (said is null || said.Error != check.Error) => GateChange.Fails,
            GatedState.Missing or GatedState.GivenUp when wasThere => GateChange.Gone,
            _ => null,
        };
        if (change is not null)
            _said[check.Name] = new(check.State, check.Error, now, (said?.Lines ?? 0) + 1);
        return change;
    }

    private sealed record Said(GatedState State, string? Error, TimeSpan At, int Lines);
}

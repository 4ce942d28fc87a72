namespace Resilience.Hosting;

internal enum GateVerdict
{
    /// <summary>The host has not come to it yet.</summary>
    NotBegun,

    Waiting,
    Open,
    Failed,
}

/// <summary>The gate at one moment. Immutable: any thread may read it.</summary>
/// <param name="Verdict">What it has come to.</param>
/// <param name="At">When, counted from its start.</param>
/// <param name="Checks">In the order of their stages.</param>
internal sealed record GateView(GateVerdict Verdict, TimeSpan At, IReadOnlyList<GatedCheck> Checks)
{
    public IEnumerable<GatedCheck> Missing => Checks.Where(check => check.IsMissing);

    public int There => Checks.Count(check => check.State == GatedState.There);

    /// <summary>What is required and has been asked in vain, so far.</summary>
    public IEnumerable<GatedCheck> Lost => Checks.Where(check => check is { State: GatedState.Missing, IsRequired: true });
}

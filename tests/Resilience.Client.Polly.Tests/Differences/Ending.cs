namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>What an attempt comes to.</summary>
internal enum Ending
{
    Ok,
    Missing,
    Unavailable,
    TooMany,
    Cut,
    Refused,
    Foreign,
    Cancelled,
}

/// <summary>A moment by both clocks: ours counts the ticks of an odd timer, Polly's reads the wall.</summary>
internal readonly record struct Moment(TimeSpan Ours, TimeSpan Theirs);

/// <summary>Something that both circuits meet with.</summary>
internal abstract record Happening(Moment At);

internal sealed record Begins(int Call, Moment At) : Happening(At);

internal sealed record Ends(int Call, Ending With, Moment At) : Happening(At);

internal sealed record Probed(bool Ready, Moment At) : Happening(At);

internal sealed record Passes(Moment At) : Happening(At);

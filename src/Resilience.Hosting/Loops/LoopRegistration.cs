namespace Resilience.Hosting;

/// <summary>That a loop is expected to show that it moves.</summary>
internal sealed record LoopRegistration(string Name, TimeSpan MaxSilence)
{
    private static readonly TimeSpan Shortest = TimeSpan.FromMilliseconds(100), Longest = TimeSpan.FromSeconds(1);

    /// <summary>How often it is looked at.</summary>
    public static TimeSpan Period(TimeSpan maxSilence) => maxSilence / 4 is var part && part > Longest ? Longest : part < Shortest ? Shortest : part;
}

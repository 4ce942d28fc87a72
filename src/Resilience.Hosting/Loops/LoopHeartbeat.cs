namespace Resilience.Hosting;

/// <summary>When a loop was heard of last.</summary>
internal sealed class LoopHeartbeat(string name, TimeSpan maxSilence, TimeProvider time) : ILoopHeartbeat
{
    private const long Never = 0, Paused = -1; // Instead of a timestamp.

    private long _beat = Never;

    public string Name => name;

    public TimeSpan MaxSilence => maxSilence;

    public bool HasBeaten => Volatile.Read(ref _beat) != Never;

    public bool IsPaused => Volatile.Read(ref _beat) == Paused;

    public void Beat() => Volatile.Write(ref _beat, time.GetTimestamp());

    public void Pause() => Volatile.Write(ref _beat, Paused);

    /// <summary>For how long it has kept silent, counted from a moment at the earliest: before that nothing was expected of it.</summary>
    public TimeSpan Silence(long expectedSince) =>
        Volatile.Read(ref _beat) is var beat && beat == Paused ? TimeSpan.Zero : time.GetElapsedTime(beat == Never ? expectedSince : Math.Max(beat, expectedSince));
}

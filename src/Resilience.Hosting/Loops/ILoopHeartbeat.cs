namespace Resilience.Hosting;

/// <summary>
/// How a loop of this process shows that it moves: registered by <c>AddLoopHeartbeat</c>, injected with <c>[FromKeyedServices("name")]</c>. Costs a timestamp. Safe for use by many threads.
/// </summary>
public interface ILoopHeartbeat
{
    /// <summary>The loop has come round. To be called at least once per maximum silence.</summary>
    void Beat();

    /// <summary>The loop rightly rests, waiting for work say, for as long as it takes: silence does not count until the next <see cref="Beat"/>.</summary>
    void Pause();
}

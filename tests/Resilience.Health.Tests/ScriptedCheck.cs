using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Resilience.Health.Tests;

/// <summary>A check that does as it is told, and counts.</summary>
internal sealed class ScriptedCheck(FakeTime time) : IHealthCheck
{
    private int _runs, _running, _most;

    public Func<CancellationToken, Task<HealthCheckResult>> Answer { get; set; } = _ => Task.FromResult(HealthCheckResult.Healthy());

    public int Runs => _runs;

    public int Running => _running;

    /// <summary>The most runs there were at once.</summary>
    public int MostAtOnce => _most;

    /// <summary>When each run began, in virtual time.</summary>
    public List<TimeSpan> Times { get; } = [];

    public void Is(HealthCheckResult result) => Answer = _ => Task.FromResult(result);

    public void Fails() => Is(HealthCheckResult.Unhealthy("broken"));

    public void IsWell() => Is(HealthCheckResult.Healthy());

    /// <summary>Does not end for so long, whatever its token says.</summary>
    public void IgnoresItsTokenFor(TimeSpan length) => Answer = async _ =>
    {
        await time.Delay(length, CancellationToken.None);
        return HealthCheckResult.Healthy();
    };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        Interlocked.Increment(ref _runs);
        _most = Math.Max(_most, Interlocked.Increment(ref _running));
        lock (Times)
            Times.Add(time.Elapsed);
        try
        {
            return await Answer(cancellationToken);
        }
        finally
        {
            Interlocked.Decrement(ref _running);
        }
    }
}

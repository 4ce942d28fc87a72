using Microsoft.Extensions.Diagnostics.HealthChecks;
using Resilience.Health;

namespace Resilience.Hosting.Tests;

/// <summary>A check that does as it is told, and remembers when it was asked. At first it is refused.</summary>
internal sealed class GateCheck : IHealthCheck
{
    private readonly FakeTime _time;
    private readonly List<TimeSpan> _times = [];

    public GateCheck(FakeTime time)
    {
        _time = time;
        Fails();
    }

    public Func<CancellationToken, Task<HealthCheckResult>> Answer { get; set; } = _ => Task.FromResult(HealthCheckResult.Healthy());

    /// <summary>When each run began, in virtual time.</summary>
    public IReadOnlyList<TimeSpan> Times
    {
        get
        {
            lock (_times)
                return [.. _times];
        }
    }

    public void Is(HealthCheckResult result) => Answer = _ => Task.FromResult(result);

    public void IsWell() => Is(HealthCheckResult.Healthy());

    public void Fails(string code = CheckErrors.Refused, string? words = null, HealthStatus status = HealthStatus.Unhealthy) =>
        Is(new(status, words, data: new Dictionary<string, object> { [CheckErrors.DataKey] = code }));

    /// <summary>Fails until then, and is well from then on.</summary>
    public void IsWellFrom(double seconds, string code = CheckErrors.Refused) =>
        Answer = _ => Task.FromResult(_time.Elapsed >= TimeSpan.FromSeconds(seconds) ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(data: new Dictionary<string, object> { [CheckErrors.DataKey] = code }));

    public void IsWellAfter(double seconds)
    {
        IsWell();
        After(seconds);
    }

    /// <summary>Takes so long to say what it would have said.</summary>
    public void After(double seconds)
    {
        var answer = Answer;
        Answer = async token =>
        {
            await _time.Delay(TimeSpan.FromSeconds(seconds), token);
            return await answer(token);
        };
    }

    /// <summary>Gives no answer before its token is cancelled, until then.</summary>
    public void HangsUntil(double seconds) => Answer = async token =>
    {
        if (_time.Elapsed < TimeSpan.FromSeconds(seconds))
            await _time.Delay(TimeSpan.FromDays(1), token);
        return HealthCheckResult.Healthy();
    };

    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        lock (_times)
            _times.Add(_time.Elapsed);
        return await Answer(cancellationToken);
    }
}

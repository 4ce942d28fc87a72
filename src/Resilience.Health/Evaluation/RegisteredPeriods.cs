using System.Collections.Concurrent;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>
/// Takes periods and delays over from registrations. Left there, the platform would publish those checks' results by themselves, and publishers would see
/// parts of reports.
/// </summary>
internal sealed class RegisteredPeriods : IPostConfigureOptions<HealthCheckServiceOptions>
{
    private readonly ConcurrentDictionary<HealthCheckRegistration, TimeSpan> _periods = new(ReferenceEqualityComparer.Instance);

    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        foreach (var registration in options.Registrations)
        {
            if (registration.Period is { } period)
                _periods[registration] = period;
            registration.Period = registration.Delay = null;
        }
    }

    public TimeSpan? Of(HealthCheckRegistration registration) => _periods.TryGetValue(registration, out var period) ? period : null;
}

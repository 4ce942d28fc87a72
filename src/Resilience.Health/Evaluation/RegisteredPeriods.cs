using System.Runtime.CompilerServices;
using Microsoft.Extensions.Options;

namespace Resilience.Health;

/// <summary>
/// Takes periods over from registrations. Left there, the platform would publish those checks' results by themselves, and publishers would see parts of
/// reports. A delay, which is about the first of these reports, is dropped with them: the start waits for first runs.
/// </summary>
internal sealed class RegisteredPeriods : IPostConfigureOptions<HealthCheckServiceOptions>
{
    private readonly ConditionalWeakTable<HealthCheckRegistration, object> _periods = [];

    public void PostConfigure(string? name, HealthCheckServiceOptions options)
    {
        if (!options.Registrations.Any(IsTimed))
            return;
        var all = options.Registrations.ToArray();
        options.Registrations.Clear();
        foreach (var registration in all)
            options.Registrations.Add(IsTimed(registration) ? Untimed(registration) : registration);
    }

    public TimeSpan? Of(HealthCheckRegistration registration) => _periods.TryGetValue(registration, out var period) ? (TimeSpan)period : null;

    // A copy: the registration itself may be used for another host of this process, too.
    private HealthCheckRegistration Untimed(HealthCheckRegistration timed)
    {
        var copy = new HealthCheckRegistration(timed.Name, timed.Factory, timed.FailureStatus, timed.Tags, timed.Timeout);
        if (timed.Period is { } period)
            _periods.Add(copy, period);
        return copy;
    }

    private static bool IsTimed(HealthCheckRegistration registration) => registration.Period is not null || registration.Delay is not null;
}

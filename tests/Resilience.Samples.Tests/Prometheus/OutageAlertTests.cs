using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>The shipped alerts in a real Prometheus while the Api is away in one way or another: those that must fire do, no other does, and afterwards none.</summary>
public sealed class OutageAlertTests
{
    [Fact]
    public async Task Killed_service_is_told_of_by_itself_and_by_those_who_call_it()
    {
        await using var pair = await Pair.StartAsync(("Backends__api__Timeout", "00:00:01"));
        using var watched = await Watched.StartAsync(("api", pair.Api), ("web", pair.Web));
        await watched.StaysSilentAsync(minutes: 0.5);

        pair.Api.Kill();
        await watched.FiresAsync("api ServiceDown", "web BackendDown api", "web CircuitOpen api", "web HighErrorRate");

        await pair.Api.ListensAsync();
        await watched.FiresAsync();
        await watched.StaysSilentAsync(minutes: 1);
    }

    [Fact]
    public async Task Service_that_answers_503_is_told_of_and_those_whose_calls_wait_for_it_have_no_errors()
    {
        await using var pair = await Pair.StartAsync(("Backends__api__Timeout", "00:01:00"));
        using var watched = await Watched.StartAsync(("api", pair.Api), ("web", pair.Web));
        await watched.StaysSilentAsync(minutes: 0.5);

        await pair.BeginAsync("status?code=503&seconds=600");
        await watched.FiresAsync("api HighErrorRate", "web BackendDown api", "web CircuitOpen api");

        await pair.EndFaultsAsync();
        await watched.FiresAsync();
    }
}

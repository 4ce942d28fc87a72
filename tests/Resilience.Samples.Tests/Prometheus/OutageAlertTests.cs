using System.Net;
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

    [Fact]
    public async Task Service_that_is_frozen_and_one_that_is_slow_are_told_of()
    {
        using var api = await new Sample("Api") { HostEnvironment = "Demo" }.ListensAsync();
        await api.AnswersAsync("/leaderboard", HttpStatusCode.OK);
        await using var visits = new Visits($"{api.Url}/leaderboard");
        using var watched = await Watched.StartAsync(("api", api));

        api.Process.Signal(Daemon.SigStop);
        await watched.FiresAsync("api ServiceDown");
        api.Process.Signal(Daemon.SigCont);
        await watched.FiresAsync();

        using var client = new HttpClient();
        using var slow = await client.PostAsync(new Uri($"{api.Url}/faults/latency?ms=2600&seconds=600"), null, TestContext.Current.CancellationToken);
        await watched.FiresAsync("api HighLatency");
        using var quick = await client.DeleteAsync(new Uri($"{api.Url}/faults/"), TestContext.Current.CancellationToken);
        await watched.FiresAsync();
    }
}

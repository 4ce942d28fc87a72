using System.Net;
using Xunit;

namespace Resilience.Samples.Tests.Prometheus;

/// <summary>The alert that takes longest: in a class of its own, so that others run beside it.</summary>
public sealed class SlowAlertTests
{
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

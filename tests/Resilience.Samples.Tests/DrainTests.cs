using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using Xunit;

namespace Resilience.Samples.Tests;

/// <summary><c>kill -TERM</c> on the Api while clients ask it without pause.</summary>
public sealed class DrainTests
{
    private static readonly TimeSpan Delay = TimeSpan.FromSeconds(2), Clocks = TimeSpan.FromMilliseconds(50); // Of two processes, and of timers.

    [Fact]
    public async Task Nobody_is_refused_before_the_drain_is_over_and_readiness_says_no_meanwhile()
    {
        using var api = await new Sample("Api") { Settings = { ["Health__DrainDelay"] = "00:00:02" } }.ListensAsync();
        await api.AnswersAsync("/api/health/ready", HttpStatusCode.OK);
        Load[] business = [
            Load.Get(api.Port, "/leaderboard"), Load.Get(api.Port, "/rounds?take=5"), Load.Post(api.Port, "/rounds", """{"player":"ann","move":"rock"}"""),
            Load.GetAfresh(api.Port, "/leaderboard"), Load.GetAfresh(api.Port, "/rounds?take=5")];
        Load ready = Load.Get(api.Port, "/api/health/ready"), live = Load.Get(api.Port, "/api/health/live"), readyAfresh = Load.GetAfresh(api.Port, "/api/health/ready");
        Load[] all = [.. business, ready, live, readyAfresh];
        await Eventually.IsTrueAsync(() => all.All(load => load.Count >= 20), "all clients are being served");

        var signalled = Stopwatch.GetTimestamp();
        api.Process.Signal(Daemon.SigTerm);

        foreach (var load in all)
        {
            var answers = await load.FailAsync();
            Assert.All(answers.SkipLast(1), answer => Assert.NotEqual(0, answer.Status));
            var failure = answers[^1];
            Assert.True(After(failure) > Delay - Clocks, $"Failed {After(failure).TotalSeconds:0.000} s after the signal: {failure.Text}");
            Assert.Contains(answers, answer => answer.Status != 0 && After(answer) > Delay / 2);
        }

        foreach (var load in business)
            Assert.All((await load.FailAsync()).SkipLast(1), answer => Assert.InRange(answer.Status, 200, 201));
        Assert.All((await live.FailAsync()).SkipLast(1), answer => Assert.Equal(200, answer.Status));
        foreach (var load in new[] { ready, readyAfresh })
        {
            var turned = (await load.FailAsync()).SkipLast(1).SkipWhile(answer => answer.Status == 200).ToList();
            Assert.True(turned.Count > 0, "Readiness went on saying yes.");
            Assert.True(After(turned[0]) < Delay, $"Readiness turned {After(turned[0]).TotalSeconds:0.000} s after the signal.");
            Assert.All(turned, answer => Assert.Equal((503, true), (answer.Status, answer.Text.EndsWith("""{"status":"draining","reason":"draining"}""", StringComparison.Ordinal))));
            TestContext.Current.TestOutputHelper?.WriteLine($"Readiness turned {After(turned[0]).TotalMilliseconds:0.0} ms after the signal.");
        }

        Assert.Equal(0, await api.Process.ExitAsync());
        Assert.Contains("Draining: readiness says no, and requests are served for another 2 s.", api.Process.Output, StringComparison.Ordinal);
        var refused = await Assert.ThrowsAsync<HttpRequestException>(() => api.GetAsync("/leaderboard"));
        Assert.Equal(SocketError.ConnectionRefused, Assert.IsType<SocketException>(refused.InnerException).SocketErrorCode);

        TimeSpan After(Answered answer) => Stopwatch.GetElapsedTime(signalled, answer.Ended);
    }
}

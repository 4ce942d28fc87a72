using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class ProbeTests
{
    [Theory]
    [InlineData(503)]
    [InlineData(500)]
    [InlineData(429)]
    public async Task Calls_wait_until_the_probe_is_answered_with_ready(int notYet)
    {
        await using var backend = new ScriptedBackend { ProbeStatus = notYet }.Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await Eventually.IsTrueAsync(() => backend.Probes >= 3, "asked three times");
        Assert.Equal(0, backend.Requests);
        Assert.Equal(1, host.State.WaitingCalls);

        backend.ProbeStatus = 200;
        await host.AnswersAsync("ok", call);
        Assert.Equal(1, backend.Requests);
    }

    [Theory]
    [InlineData(404)]
    [InlineData(401)]
    [InlineData(302)]
    public async Task Any_answer_of_a_backend_without_the_path_is_a_sign_of_life(int status)
    {
        await using var backend = new ScriptedBackend { ProbeStatus = status }.Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address);
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await host.AnswersAsync("ok", call);
        Assert.True(backend.Probes >= 1);
    }

    [Fact]
    public async Task Without_a_path_one_real_call_finds_out()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address, "Recovery:ProbePath=");
        var calls = Enumerable.Range(0, 10).Select(_ => host.GetAsync()).ToArray();
        await Eventually.IsTrueAsync(() => host.Attempts >= 13, "tried three times more");
        backend.Start();
        foreach (var call in calls)
            await host.AnswersAsync("ok", call);
        Assert.Equal(10, backend.Requests);
        Assert.Equal(0, backend.Probes);
    }

    [Fact]
    public async Task Backend_that_answers_503_and_says_not_ready_is_waited_for()
    {
        await using var backend = new ScriptedBackend { ProbeStatus = 503 };
        backend.Always(Read, peer => peer.SendAsync(Answer(backend.ProbeStatus, "ok"))); // Both at once, as a restarting one does.
        await using var host = new WireHost(backend.Address, "Retry:MaxRetries=1");
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        Assert.Equal(2, backend.Requests);
        backend.ProbeStatus = 200;
        await host.AnswersAsync("ok", call);
        Assert.Equal(3, backend.Requests);
    }
}

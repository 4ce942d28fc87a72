using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class RefusedTests
{
    [Fact]
    public async Task Calls_to_a_refusing_backend_wait_and_succeed_once_it_is_back()
    {
        await using var backend = new ScriptedBackend().Always(Read, Echo);
        backend.Stop();
        await using var host = new WireHost(backend.Address);

        var first = host.GetAsync("/first");
        await host.IsDownAsync(waiting: 1);
        var others = Enumerable.Range(0, 20).Select(number => host.GetAsync($"/{number}")).ToArray();
        await host.IsDownAsync(waiting: 21);
        Assert.Equal(1, host.Attempts); // The one that found it down; the others sent nothing.

        backend.Start();
        await host.AnswersAsync("/first", first);
        for (var number = 0; number < others.Length; number++)
            await host.AnswersAsync($"/{number}", others[number]);
        Assert.Equal(21, backend.Requests);
        Assert.Equal(22, host.Attempts);
        await Eventually.IsTrueAsync(() => host.State.State == BackendState.Up, "up");
    }

    [Fact]
    public async Task Call_to_a_backend_that_stays_away_fails_at_its_deadline()
    {
        await using var backend = new ScriptedBackend();
        backend.Stop();
        await using var host = new WireHost(backend.Address, "Timeout=00:00:00.3");

        var failure = await host.FailsAsync(BackendFailureReason.Unavailable, 1, host.GetAsync());
        Assert.Contains("refused", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Backends:wire:Timeout (0.3 s)", failure.Message, StringComparison.Ordinal);
        await host.FailsAsync(BackendFailureReason.Unavailable, 0, host.GetAsync());
    }

    [Fact]
    public async Task Calls_that_fail_fast_do_so_while_the_backend_refuses()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = new WireHost(backend.Address, "Recovery:WhenDown=FailFast");

        await host.FailsAsync(BackendFailureReason.Unavailable, 1, host.GetAsync());
        await host.FailsAsync(BackendFailureReason.CircuitOpen, 0, host.GetAsync());
        backend.Start();
        await Eventually.IsTrueAsync(() => host.State.State == BackendState.Up, "up");
        await host.AnswersAsync("ok", host.GetAsync());
    }

    [Fact]
    public async Task Calls_still_waiting_when_the_host_stops_fail_then()
    {
        await using var backend = new ScriptedBackend();
        backend.Stop();
        await using var host = new WireHost(backend.Address, "Timeout=00:30:00");
        var call = host.GetAsync();
        await host.IsDownAsync(waiting: 1);
        await host.DisposeAsync();
        var failure = await host.FailsAsync(BackendFailureReason.Unavailable, 1, call);
        Assert.Contains("the host is stopping", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Unknown_host_name_means_down_and_the_exception_says_so()
    {
        await using var host = new WireHost("http://no-such-host.invalid", "Timeout=00:00:01");
        var failure = await host.FailsAsync(BackendFailureReason.Unavailable, 1, host.GetAsync());
        Assert.Contains("its host name cannot be resolved", failure.Message, StringComparison.Ordinal);
        Assert.Contains("Backends:wire:Address", failure.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Synchronous_call_waits_for_a_refusing_backend_too()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok("synchronous"));
        backend.Stop();
        await using var host = new WireHost(backend.Address);

        var call = Task.Factory.StartNew(
            () => host.Http.Send(new HttpRequestMessage(HttpMethod.Get, "/")), CancellationToken.None, TaskCreationOptions.LongRunning,
            TaskScheduler.Default);
        await host.IsDownAsync(waiting: 1);
        backend.Start();
        await host.AnswersAsync("synchronous", call.Within());
    }
}

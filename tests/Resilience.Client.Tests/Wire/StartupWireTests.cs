using System.Net;
using System.Net.Sockets;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Xunit;
using static Resilience.Client.Tests.Wire.Steps;

namespace Resilience.Client.Tests.Wire;

public sealed class StartupWireTests
{
    [Fact]
    public async Task Backend_that_comes_later_answers_two_hundred_calls_that_wait()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        backend.Stop();
        await using var host = Host(backend.Address);
        var calls = Enumerable.Range(0, 200).Select(_ => host.GetAsync()).ToArray();
        await host.IsDownAsync(waiting: 200);
        var budget = host.State.BudgetLeft;
        Assert.Equal("refused", (await host.CheckAsync()).Data["error"]);
        Assert.Equal((0, 0.0, CircuitState.Closed), (host.Attempts, host.State.ErrorRate, host.State.Circuit));
        Assert.Equal(0, backend.Connections);

        backend.Start();
        foreach (var call in calls)
            await host.AnswersAsync("ok", call);
        Assert.Equal((200, 200), (host.Attempts, backend.Requests));
        Assert.Equal((budget, BackendState.Up), (host.State.BudgetLeft, host.State.State));
        Assert.Equal(HealthStatus.Healthy, (await host.CheckAsync()).Status);
    }

    [Fact]
    public async Task Backend_that_says_not_ready_is_asked_until_it_is()
    {
        await using var backend = new ScriptedBackend { ProbeStatus = 503 }.Always(Read, Ok());
        await using var host = Host(backend.Address);
        var call = host.GetAsync();
        await Eventually.IsTrueAsync(() => backend.Probes >= 5, "asked five times");
        Assert.Equal("http_503", (await host.CheckAsync()).Data["error"]);
        Assert.Equal(0, backend.Requests);

        backend.ProbeStatus = 200;
        await host.AnswersAsync("ok", call);
    }

    [Fact]
    public async Task Backend_without_the_path_has_come_with_its_first_answer()
    {
        await using var backend = new ScriptedBackend { ProbeStatus = 404 }.Always(Read, Ok());
        await using var host = Host(backend.Address);
        await host.AnswersAsync("ok", host.GetAsync());
        Assert.Equal((1, 1), (backend.Probes, backend.Requests));
    }

    [Fact]
    public async Task Name_that_does_not_resolve_yet_is_waited_for()
    {
        await using var backend = new ScriptedBackend().Always(Read, Ok());
        var isKnown = false;
        await using var host = Host("http://backend.invalid", handler => handler.ConnectCallback = async (context, token) =>
        {
            var socket = new Socket(SocketType.Stream, ProtocolType.Tcp);
            if (Volatile.Read(ref isKnown))
                await socket.ConnectAsync(IPAddress.Loopback, backend.Port, token);
            else
                await socket.ConnectAsync(context.DnsEndPoint, token);
            return new NetworkStream(socket, ownsSocket: true);
        });
        var call = host.GetAsync();
        await Eventually.IsTrueAsync(() => host.State.Cause!.Contains("cannot be resolved", StringComparison.Ordinal), "asked for the name");
        Assert.Equal("dns", (await host.CheckAsync()).Data["error"]);

        Volatile.Write(ref isKnown, true);
        await host.AnswersAsync("ok", call);
    }

    private static WireHost Host(string address, Action<SocketsHttpHandler>? configure = null) => new(address, configure, isAwaited: true);
}

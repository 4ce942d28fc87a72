using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Client.Tests;

[Collection(VirtualTime.Name)]
public sealed class StoppingTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Host_that_stops_is_not_held_up_by_work_whose_call_waits()
    {
        var time = new FakeTime();
        using var wire = new ScriptedWire(time) { Answer = ScriptedWire.Refuse };
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddSingleton<TimeProvider>(time);
        builder.Services.AddResilientBackend("catalog").ConfigurePrimaryHttpMessageHandler(() => wire);
        builder.Services.AddSingleton<Work>();
        builder.Services.AddHostedService(services => services.GetRequiredService<Work>());
        using var host = await builder.StartAsync();
        var call = host.Services.GetRequiredService<Work>().Call!;
        FakeTime.Settle();
        Assert.Equal(1, host.Backend().Entrance.WaitingCalls);
        var stopped = host.WaitForShutdownAsync(Token);
        var began = Stopwatch.GetTimestamp();

        host.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication();

        var error = await Assert.ThrowsAsync<BackendException>(() => call.WaitAsync(TimeSpan.FromSeconds(15), Token)); // Virtual time stands still: nothing else ends it.
        Assert.Equal(BackendFailureReason.Unavailable, error.Reason);
        Assert.Contains("the host is stopping", error.Message, StringComparison.Ordinal);
        await stopped;
        Assert.InRange(Stopwatch.GetElapsedTime(began).TotalSeconds, 0, 15); // Half of the host's own patience.
    }

    [Fact]
    public async Task Attempt_under_way_keeps_its_deadline_when_the_provider_is_disposed()
    {
        var bench = new ChainBench(configure: options => options.Timeout = TimeSpan.FromSeconds(1));
        bench.Wire.Answer = ScriptedWire.Hang;
        var call = bench.Call();

        bench.Dispose();

        var error = await Assert.ThrowsAsync<BackendException>(() => bench.Finish(call));
        Assert.Equal(BackendFailureReason.DeadlineExceeded, error.Reason);
        Assert.InRange(bench.Time.Elapsed.TotalSeconds, 1, 1.021);
        bench.Time.AdvanceSeconds(10);
        Assert.Equal(0, bench.Time.Timers);
    }

    /// <summary>Drains before it stops, as a web server does.</summary>
    private sealed class Work(IHttpClientFactory clients) : IHostedService
    {
        public Task<string>? Call { get; private set; }

        public Task StartAsync(CancellationToken cancellationToken)
        {
            Call = clients.CreateClient("catalog").GetStringAsync("items", CancellationToken.None);
            return Task.CompletedTask;
        }

        public async Task StopAsync(CancellationToken cancellationToken) =>
            await ((Task)Call!).WaitAsync(cancellationToken).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
    }
}

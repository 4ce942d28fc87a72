using System.Diagnostics;
using System.Net;
using Microsoft.AspNetCore.Builder;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

[Collection(VirtualTime.Name)]
public sealed class DrainTests
{
    [Fact]
    public async Task Stop_signal_turns_readiness_at_once_and_the_port_serves_on_through_the_drain()
    {
        await using var bench = new WebBench("Production", ("Health:DrainDelay", "00:00:01.5"));
        bench.Add("db");
        bench.App.MapHealth(options => options.Deep = false);
        bench.App.MapGet("/", () => "business");
        await bench.StartAsync();
        Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/ready")).Status);

        var signalled = Stopwatch.GetTimestamp();
        bench.App.Services.GetRequiredService<IHostApplicationLifetime>().StopApplication(); // What the console does at SIGTERM.
        var (status, body) = await bench.GetAsync("/health/ready");
        Assert.Equal((HttpStatusCode.ServiceUnavailable, """{"status":"draining","reason":"draining"}"""), (status, body));
        Assert.True(Stopwatch.GetElapsedTime(signalled) < TimeSpan.FromSeconds(1), "Readiness follows the signal, not the drain.");

        var stopping = bench.App.StopAsync(TestContext.Current.CancellationToken);
        var served = 0;
        while (Stopwatch.GetElapsedTime(signalled) < TimeSpan.FromSeconds(1.2))
        {
            // A connection of its own each time: the port itself must be open still.
            using var client = new HttpClient();
            Assert.Equal("business", await client.GetStringAsync(new Uri(bench.Url), TestContext.Current.CancellationToken));
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/live")).Status);
            Assert.Equal(HttpStatusCode.OK, (await bench.GetAsync("/health/startup")).Status);
            served++;
        }

        Assert.True(served > 3);
        await stopping;
        Assert.True(Stopwatch.GetElapsedTime(signalled) > TimeSpan.FromSeconds(1.4));
        await Assert.ThrowsAsync<HttpRequestException>(() => bench.GetAsync("/"));
    }
}

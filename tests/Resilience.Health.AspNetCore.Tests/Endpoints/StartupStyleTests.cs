using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.AspNetCore.Tests.Endpoints;

/// <summary>Hosts that map their endpoints while they start, as those with a Startup class do.</summary>
public sealed class StartupStyleTests
{
    [Fact]
    public async Task Faults_stop_the_host_there_too()
    {
        using var host = Host(options => options.ApiKey = "a");
        var error = await Assert.ThrowsAsync<OptionsValidationException>(() => host.StartAsync(TestContext.Current.CancellationToken));
        Assert.Contains("ApiKey of 1 characters", error.Message, StringComparison.Ordinal);

        using var open = Host(_ => { });
        Assert.Contains("open to anybody", (await Assert.ThrowsAsync<OptionsValidationException>(() => open.StartAsync(TestContext.Current.CancellationToken))).Message, StringComparison.Ordinal);
    }

    private static IHost Host(Action<HealthEndpointOptions> configure) => new HostBuilder()
        .ConfigureWebHost(web => web
            .UseKestrel().UseUrls("http://127.0.0.1:0")
            .ConfigureServices(services => services.AddRouting().AddHealthEvaluator())
            .Configure(app => app.UseRouting().UseEndpoints(endpoints => endpoints.MapHealth(configure))))
        .Build();
}

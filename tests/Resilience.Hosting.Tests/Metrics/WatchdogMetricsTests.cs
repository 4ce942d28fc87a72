using System.Globalization;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Hosting.Tests.Metrics;

/// <summary>The environment is the process': one test at a time.</summary>
[Collection(VirtualTime.Name)]
public sealed class WatchdogMetricsTests : IDisposable
{
    private const string Pings = "resilience.hosting.watchdog.pings", Age = "resilience.hosting.watchdog.age", Period = "resilience.hosting.watchdog.period";

    private readonly Measurements _heard = new("Resilience.Hosting");

    [Fact]
    public async Task Pings_that_were_sent_are_counted_and_the_age_is_the_last_ones()
    {
        using var systemd = new FakeSystemd();
        using (var host = Build(systemd.Address, TimeSpan.FromSeconds(2)))
        {
            Assert.Empty(_heard.Collect().All);
            await host.StartsAsync();
            Assert.Equal(2, _heard.Collect().Last(Period));
            await Eventually.IsTrueAsync(() => systemd.Lines.Count(line => line == "WATCHDOG=1") > 1, "pings");
            await Eventually.IsTrueAsync(() => _heard.Sum(Pings) >= 2, "pings counted");
            Assert.InRange(_heard.Collect().Last(Age)!.Value, 0, 30);
            await host.StopsAsync();
        }

        Assert.Equal(systemd.Lines.Count(line => line == "WATCHDOG=1"), _heard.Sum(Pings));
        _heard.Clear();
        Assert.Empty(_heard.Collect().All);
    }

    [Fact]
    public async Task Ping_that_systemd_did_not_take_is_not_counted()
    {
        using var host = Build("/nonexistent/folder/notify", TimeSpan.FromSeconds(0.5));
        await host.StartsAsync();
        await Eventually.IsTrueAsync(() => _heard.Collect().Count(Period) > 100, "time has passed");
        Assert.Equal((0, 0), (_heard.Count(Pings), _heard.Count(Age)));
        await host.StopsAsync();
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Without_a_watchdog_or_without_systemd_there_is_nothing_about_it(bool hasSystemd)
    {
        using var systemd = new FakeSystemd();
        using var host = Build(hasSystemd ? systemd.Address : null, watchdog: null);
        await host.StartsAsync();
        if (hasSystemd)
            await systemd.HasAsync("READY=1");
        Assert.Empty(_heard.Collect().All);
        await host.StopsAsync();
    }

    public void Dispose()
    {
        _heard.Dispose();
        Set(null, null);
        SystemdEnvironment.Forget();
    }

    private static IHost Build(string? socket, TimeSpan? watchdog)
    {
        Set(socket, watchdog);
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Services.AddSystemdNotify();
        return builder.Build();
    }

    private static void Set(string? socket, TimeSpan? watchdog)
    {
        Environment.SetEnvironmentVariable("NOTIFY_SOCKET", socket);
        Environment.SetEnvironmentVariable("WATCHDOG_USEC", watchdog?.TotalMicroseconds.ToString(CultureInfo.InvariantCulture));
    }
}

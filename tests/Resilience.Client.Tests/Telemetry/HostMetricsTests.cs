using System.Diagnostics.Metrics;
using Microsoft.Extensions.DependencyInjection;
using Xunit;
using Names = Resilience.Client.TelemetryNames.Instruments;

namespace Resilience.Client.Tests;

/// <summary>Whose measurements are whose, where a process has several hosts, one after the other or at once.</summary>
[Collection(VirtualTime.Name)]
public sealed class HostMetricsTests
{
    [Fact]
    public async Task Two_hosts_in_one_process_do_not_mix()
    {
        using var one = await ConfiguredHost.Catalog().StartAsync();
        using var other = await ConfiguredHost.Catalog().StartAsync();
        using var heardOfOne = new Measurements(TelemetryNames.Meter, one.Services.GetRequiredService<IMeterFactory>());
        using var heardOfOther = new Measurements(TelemetryNames.Meter, other.Services.GetRequiredService<IMeterFactory>());
        ((IBackend)one.Backend()).Isolate("maintenance");
        Assert.Equal(0, heardOfOne.Collect().Last(Names.BackendUp));
        Assert.Equal(1, heardOfOther.Collect().Last(Names.BackendUp));
        Assert.Equal((1, 0), (heardOfOne.Count(Names.Transitions), heardOfOther.Count(Names.Transitions)));
        Assert.Equal((1, 1), (heardOfOne.Count(Names.BackendUp), heardOfOther.Count(Names.BackendUp)));
    }

    [Fact]
    public async Task Host_that_has_started_shows_each_backend_before_its_first_call()
    {
        using var host = await ConfiguredHost.Catalog().StartAsync();
        using var heard = new Measurements(TelemetryNames.Meter, host.Services.GetRequiredService<IMeterFactory>());
        heard.Collect();
        Assert.Equal((1, 0, 3), (heard.Last(Names.BackendUp, ("backend", "catalog")), heard.Last(Names.CallsWaiting), heard.Last(Names.BudgetLeft)));
        Assert.Equal(3, heard.Count(Names.CircuitState));
    }

    [Fact]
    public async Task Rare_counts_begin_at_zero_so_that_the_first_outage_is_an_increase()
    {
        using var heard = new Measurements(TelemetryNames.Meter);
        using var host = await ConfiguredHost.Catalog().StartAsync();
        var states = heard.Of(Names.Transitions, ("backend", "catalog"));
        Assert.Equal(["down", "isolated", "probing", "up"], states.Select(state => state.Tags["state"]).Order());
        Assert.Equal(6, heard.Count(Names.Withheld, ("backend", "catalog")));
        Assert.Equal(0, heard.Sum(Names.Transitions) + heard.Sum(Names.Withheld));
    }

    [Fact]
    public async Task Host_that_is_gone_measures_nothing_and_collecting_does_not_mind()
    {
        var host = await ConfiguredHost.Catalog().StartAsync();
        using var heard = new Measurements(TelemetryNames.Meter, host.Services.GetRequiredService<IMeterFactory>());
        var backend = host.Backend();
        host.Dispose();
        heard.Clear();
        heard.Collect();
        ((IBackend)backend).Isolate("maintenance");
        Assert.Empty(heard.All);
    }
}

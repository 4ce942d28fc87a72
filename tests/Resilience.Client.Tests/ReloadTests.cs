using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class ReloadTests
{
    [Fact]
    public async Task Value_of_a_reload_is_in_force_at_once()
    {
        var builder = ConfiguredHost.Catalog();
        var log = builder.Log();
        using var host = await builder.StartAsync();
        Assert.Equal(3, host.Backend().Settings.MaxRetries);

        builder.Reload(("Backends:catalog:Retry:MaxRetries", "7"));

        Assert.Equal(7, host.Backend().Settings.MaxRetries);
        Assert.Contains("Information: Backend catalog has new options: Retry:MaxRetries 3 -> 7.", log.Lines);
    }

    [Fact]
    public async Task Reload_that_changes_nothing_says_nothing()
    {
        var builder = ConfiguredHost.Catalog();
        var log = builder.Log();
        using var host = await builder.StartAsync();
        var settings = host.Backend().Settings;

        builder.Reload(("Unrelated", "1"));

        Assert.Same(settings, host.Backend().Settings);
        Assert.DoesNotContain(log.Lines, line => line.Contains("Backend catalog", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("Retry:MaxRetries", "99")]
    [InlineData("Timeout", "soon")]
    [InlineData("Address", "nowhere")]
    [InlineData("Unknown", "1")]
    public async Task Faulty_reload_keeps_the_last_good_options_and_is_logged(string key, string value)
    {
        var builder = ConfiguredHost.Catalog(("Backends:orders:Address", "http://orders.test"), ("Backends:catalog:Retry:MaxRetries", "1"));
        var log = builder.Log();
        builder.Services.AddResilientBackend("orders");
        using var host = await builder.StartAsync();
        _ = host.Backend("orders");
        var settings = host.Backend().Settings;

        builder.Reload(($"Backends:catalog:{key}", value), ("Backends:orders:Retry:MaxRetries", "5"));

        Assert.Same(settings, host.Backend().Settings);
        var error = Assert.Single(log.Lines, line => line.StartsWith("Error: Backend catalog keeps its options", StringComparison.Ordinal));
        Assert.Contains($"Backends:catalog:{key}", error, StringComparison.Ordinal);
        Assert.Equal(5, host.Backend("orders").Settings.MaxRetries); // Another's faults are none of its business.
    }

    [Fact]
    public async Task Delegate_that_throws_at_a_reload_keeps_the_last_good_options_and_is_logged()
    {
        var broken = false;
        var builder = ConfiguredHost.Catalog();
        var log = builder.Log();
        builder.Services.AddResilientBackend("catalog", _ =>
        {
            if (broken)
                throw new InvalidOperationException("a delegate's own");
        });
        using var host = await builder.StartAsync();
        var settings = host.Backend().Settings;

        broken = true;
        builder.Reload(("Backends:catalog:Retry:MaxRetries", "7"));

        Assert.Same(settings, host.Backend().Settings);
        Assert.Contains(log.Lines, line => line.StartsWith("Error: Backend catalog keeps its options", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Reload_after_a_faulty_one_is_taken()
    {
        var builder = ConfiguredHost.Catalog();
        using var host = await builder.StartAsync();
        _ = host.Backend();

        builder.Reload(("Backends:catalog:Retry:MaxRetries", "99"));
        builder.Reload(("Backends:catalog:Retry:MaxRetries", "9"));

        Assert.Equal(9, host.Backend().Settings.MaxRetries);
    }
}

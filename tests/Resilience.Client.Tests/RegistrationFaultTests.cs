using Microsoft.Extensions.DependencyInjection;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class RegistrationFaultTests
{
    [Fact]
    public async Task Faults_of_all_backends_are_told_at_once()
    {
        var builder = ConfiguredHost.Catalog(
            ("Backends:catalog:Timeout", "soon"), ("Backends:catalog:MaxReplayBody", "-1"), ("Backends:orders:Retry:MaxRetries", "11"));
        builder.Services.AddResilientBackend("orders");

        var faults = await builder.FaultsAsync();

        Assert.Contains("Backends:catalog:Timeout is 'soon'", faults, StringComparison.Ordinal);
        Assert.Contains("Backends:catalog:MaxReplayBody", faults, StringComparison.Ordinal);
        Assert.Contains("Backends:orders:Address", faults, StringComparison.Ordinal);
        Assert.Contains("Backends:orders:Retry:MaxRetries", faults, StringComparison.Ordinal);
    }

    [Fact]
    public async Task Address_in_place_of_the_section_is_told()
    {
        var builder = ConfiguredHost.Builder(("Backends:catalog", "http://backend.test"));
        builder.Services.AddResilientBackend("catalog");

        Assert.Contains("Backends:catalog is one value but must be a section", await builder.FaultsAsync(), StringComparison.Ordinal);
    }

    [Fact]
    public void Typed_client_of_two_backends_is_refused()
    {
        var services = new ServiceCollection();
        services.AddResilientBackend<Typed>("catalog");
        services.AddResilientBackend<Typed>("catalog");

        var error = Assert.Throws<InvalidOperationException>(() => services.AddResilientBackend<Typed>("orders"));

        Assert.Contains("'catalog'", error.Message, StringComparison.Ordinal);
        Assert.Contains("'orders'", error.Message, StringComparison.Ordinal);
    }

    private sealed class Typed(HttpClient http)
    {
        public HttpClient Http { get; } = http;
    }
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Xunit;

namespace Resilience.Client.Tests;

public sealed class RegistrationTests
{
    private static CancellationToken Token => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Backend_added_twice_is_one()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddResilientBackend("catalog");
        builder.Services.AddResilientBackend<TypedByJson>("catalog");
        builder.Services.AddResilientBackend<TypedByJson>("catalog");
        builder.Services.AddHealthChecks().AddBackendCheck("catalog").AddBackendCheck("catalog");

        using var host = await builder.StartAsync();

        Assert.Single(Chain(host), handler => handler is BackendHandler);
        Assert.Single(host.Services.GetRequiredService<IBackends>().All);
        Assert.Single(host.Services.GetServices<IHostedService>(), service => service is BackendStartup);
        Assert.NotNull(host.Services.GetRequiredService<TypedByJson>());
        Assert.Single(builder.Services, service => service.ServiceType == typeof(TypedByJson));
    }

    [Fact]
    public async Task Handler_of_ours_is_outermost_and_others_run_once_per_attempt()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddResilientBackend("catalog").AddHttpMessageHandler(() => new Passing());
        using var host = await builder.StartAsync();

        Assert.Equal([nameof(BackendHandler), nameof(Passing)],
            Chain(host).Select(handler => handler.GetType().Name).Where(name => name is nameof(BackendHandler) or nameof(Passing)));
        var primary = Assert.IsType<SocketsHttpHandler>(Chain(host)[^1]);
        Assert.Equal(TimeSpan.FromSeconds(5), primary.ConnectTimeout);
    }

    [Fact]
    public async Task Clients_of_each_kind_reach_the_backend()
    {
        var stub = new StubHandler(body: "\"pong\"");
        var builder = ConfiguredHost.Catalog((ConfiguredHost.Address, "http://backend.test/v1"));
        builder.Services.AddResilientBackend<TypedByJson>("catalog").ConfigurePrimaryHttpMessageHandler(() => stub);
        builder.Services.AddResilientBackend<TypedByHttp>("catalog");
        using var host = await builder.StartAsync();

        Assert.Equal("pong", await host.Services.GetRequiredService<TypedByJson>().Client.GetAsync<string>("ping", cancellationToken: Token));
        Assert.Equal("\"pong\"", await host.Services.GetRequiredService<TypedByHttp>().Client.GetStringAsync("ping", Token));
        Assert.Equal("pong", await host.Services.GetRequiredKeyedService<BackendClient>("catalog").GetAsync<string>("ping", cancellationToken: Token));
        Assert.Equal("\"pong\"", await host.Client().GetStringAsync("ping", Token));
        Assert.Equal("http://backend.test/v1/ping", stub.Request?.RequestUri?.AbsoluteUri);
        Assert.Equal(4, stub.Calls);
        Assert.NotNull(host.Services.GetRequiredService<IBackends>()["catalog"].LastSuccess);
    }

    [Fact]
    public async Task Backends_are_found_by_name()
    {
        var builder = ConfiguredHost.Catalog(("Backends:orders:Address", "http://orders.test"));
        builder.Services.AddResilientBackend("orders");
        using var host = await builder.StartAsync();
        var backends = host.Services.GetRequiredService<IBackends>();

        Assert.Equal(["catalog", "orders"], backends.All.Select(backend => backend.Name));
        Assert.True(backends.TryGet("orders", out var orders));
        Assert.Same(orders, backends["orders"]);
        Assert.False(backends.TryGet("Orders", out _));
        var error = Assert.Throws<KeyNotFoundException>(() => backends["order"]);
        Assert.Contains("catalog, orders", error.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("")]
    [InlineData(" ")]
    [InlineData("a:b")]
    public void Name_that_is_no_step_of_a_key_is_refused(string name) =>
        Assert.Throws<ArgumentException>(nameof(name), () => new ServiceCollection().AddResilientBackend(name));

    [Theory]
    [InlineData(typeof(RetryHandler), true)]
    [InlineData(typeof(ResilienceHandler), true)]
    [InlineData(typeof(PolicyHttpMessageHandler), true)]
    [InlineData(typeof(Passing), false)]
    public async Task Handler_that_retries_too_is_warned_of(Type handler, bool warned)
    {
        var builder = ConfiguredHost.Catalog();
        var log = builder.Log();
        builder.Services.AddResilientBackend("catalog").AddHttpMessageHandler(() => (DelegatingHandler)Activator.CreateInstance(handler)!);

        using var host = await builder.StartAsync();

        Assert.Equal(warned, log.Lines.Any(line => line.StartsWith("Warning: Backend catalog: " + handler.Name, StringComparison.Ordinal)));
    }

    [Fact]
    public async Task Backends_of_two_hosts_share_nothing()
    {
        using var one = await ConfiguredHost.Catalog().StartAsync();
        using var other = await ConfiguredHost.Catalog().StartAsync();
        one.Services.GetRequiredService<IBackends>()["catalog"].Isolate("maintenance");

        Assert.Equal(BackendState.Up, other.Services.GetRequiredService<IBackends>()["catalog"].State);
    }

    private static List<HttpMessageHandler> Chain(IHost host)
    {
        var chain = new List<HttpMessageHandler>();
        var handler = host.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler("catalog");
        for (; handler is DelegatingHandler delegating; handler = delegating.InnerHandler!)
            chain.Add(handler);
        chain.Add(handler);
        return chain;
    }

    private class Passing : DelegatingHandler;

    private sealed class RetryHandler : Passing;

    private sealed class ResilienceHandler : Passing;

    private sealed class PolicyHttpMessageHandler : Passing;

    private sealed class TypedByJson(BackendClient client)
    {
        public BackendClient Client { get; } = client;
    }

    private sealed class TypedByHttp(HttpClient client)
    {
        public HttpClient Client { get; } = client;
    }
}

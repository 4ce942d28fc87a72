using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
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
    public async Task Handler_registered_before_the_backend_stays_outside_of_ours_also_where_another_backend_came_first()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddResilientBackend("orders", options => options.Address = TestSettings.Address);
        builder.Services.AddHttpClient("late").AddHttpMessageHandler(() => new RetryHandler());
        builder.Services.AddResilientBackend("late", options => options.Address = TestSettings.Address).AddHttpMessageHandler(() => new Passing());
        using var host = await builder.StartAsync();

        Assert.Equal([nameof(RetryHandler), nameof(BackendHandler), nameof(Passing), nameof(WireMark)],
            Chain(host, "late").Select(handler => handler.GetType().Name).Where(name => name is nameof(RetryHandler) or nameof(BackendHandler) or nameof(Passing) or nameof(WireMark)));
    }

    [Fact]
    public async Task Timeout_set_on_a_client_counts_for_its_own_backend_only()
    {
        var builder = ConfiguredHost.Catalog();
        builder.Services.AddResilientBackend("catalog").ConfigureHttpClient(http => http.Timeout = TimeSpan.FromSeconds(3));
        builder.Services.AddResilientBackend("orders", options => options.Address = TestSettings.Address);
        builder.Services.AddHttpClient("bare").ConfigureHttpClient(http => http.Timeout = TimeSpan.FromSeconds(4));
        using var host = await builder.StartAsync();
        var registry = host.Services.GetRequiredService<BackendRegistry>();
        var clients = host.Services.GetRequiredService<IHttpClientFactory>();

        Assert.Equal(TimeSpan.FromSeconds(4), clients.CreateClient("bare").Timeout);
        Assert.All(["catalog", "orders"], name => Assert.Equal(Timeout.InfiniteTimeSpan, clients.CreateClient(name).Timeout));
        Assert.Equal(TimeSpan.FromSeconds(3), registry.Get("catalog").Settings.Timeout);
        Assert.Equal(TestSettings.Default.Timeout, registry.Get("orders").Settings.Timeout);
    }

    [Fact]
    public async Task Names_stay_in_the_order_in_which_they_came_first()
    {
        string[] names = ["d", "a", "D", "c", "b"];
        var services = new ServiceCollection();
        foreach (var name in (string[])[.. names, "a", "d"])
            services.AddResilientBackend(name, options => options.Address = TestSettings.Address);
        await using var provider = services.BuildServiceProvider();

        Assert.Equal(names, provider.GetRequiredService<IBackends>().All.Select(backend => backend.Name));
    }

    [Fact]
    public async Task Backend_added_to_a_copy_of_the_services_or_after_the_provider_was_built_is_in_neither()
    {
        var services = new ServiceCollection();
        services.AddResilientBackend("one", options => options.Address = TestSettings.Address);
        var copy = new ServiceCollection();
        foreach (var service in services)
            ((ICollection<ServiceDescriptor>)copy).Add(service);
        await using var before = services.BuildServiceProvider();

        copy.AddResilientBackend("of the copy", options => options.Address = TestSettings.Address);
        services.AddResilientBackend("later", options => options.Address = TestSettings.Address);
        await using var after = services.BuildServiceProvider();
        await using var ofCopy = copy.BuildServiceProvider();

        Assert.Equal(["one"], Names(before));
        Assert.Equal(["one", "later"], Names(after));
        Assert.Equal(["one", "of the copy"], Names(ofCopy));
    }

    [Fact]
    public void Another_backend_adds_the_same_few_services_however_many_there_are()
    {
        var services = new ServiceCollection();
        int Added(string name)
        {
            var before = services.Count;
            services.AddResilientBackend(name);
            return services.Count - before;
        }

        Added("first");
        var second = Added("second");
        for (var i = 0; i < 100; i++)
            Added($"backend-{i}");

        Assert.Equal(second, Added("last"));
        Assert.Single(services, service => service.ServiceType == typeof(IValidateOptions<BackendOptions>));
    }

    [Fact]
    public async Task Backends_of_two_hosts_share_nothing()
    {
        using var one = await ConfiguredHost.Catalog().StartAsync();
        using var other = await ConfiguredHost.Catalog().StartAsync();
        one.Services.GetRequiredService<IBackends>()["catalog"].Isolate("maintenance");

        Assert.Equal(BackendState.Up, other.Services.GetRequiredService<IBackends>()["catalog"].State);
    }

    private static IEnumerable<string> Names(IServiceProvider services) => services.GetRequiredService<IBackends>().All.Select(backend => backend.Name);

    private static List<HttpMessageHandler> Chain(IHost host, string backend = "catalog")
    {
        var chain = new List<HttpMessageHandler>();
        var handler = host.Services.GetRequiredService<IHttpMessageHandlerFactory>().CreateHandler(backend);
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

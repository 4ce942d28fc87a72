using Microsoft.Extensions.DependencyInjection;
using Polly;
using Resilience.Client;

namespace Resilience.Benchmarks;

/// <summary>One way to call a backend.</summary>
/// <param name="Name">As tables name it.</param>
/// <param name="Add">Registers a client under a name.</param>
internal sealed record Contender(string Name, Func<IServiceCollection, string, IHttpClientBuilder> Add)
{
    public const string Client = "it";

    private static readonly Uri Address = new("http://backend.test:5081/");

    /// <summary>What all are compared with. Without the factory's loggers, since ours has none either: beside them everything looks cheap.</summary>
    public static readonly Contender Bare = new("bare", (services, client) => services.AddHttpClient(client).RemoveAllLoggers());

    public static readonly Contender Ours = OursWith(_ => { });

    /// <summary>All that compete per call. Who brings a deadline of its own switches HttpClient's off, as ours and the standard handler do.</summary>
    public static IReadOnlyList<Contender> All { get; } = [
        Bare,
        new("bare with the factory's loggers", (services, client) => services.AddHttpClient(client)),
        Ours,
        Floor("floor: loop by hand", attemptTimeout: null),
        Floor("floor with a deadline", TimeSpan.FromSeconds(10)),
        Polly("Polly, retry", PollyHandler.RetryOnly, hasDeadline: false),
        Polly("Polly, timeout + retry + circuit + timeout", () => PollyHandler.Full(), hasDeadline: true)];

    public static Contender OursWith(Action<BackendOptions> configure) => new("**Resilience**", (services, client) => services.AddResilientBackend(client, options =>
    {
        options.Address = Address;
        configure(options);
    }));

    public static Contender Floor(string name, TimeSpan? attemptTimeout, TimeSpan? delay = null) => new(name, (services, client) => Own(
        services.AddHttpClient(client), attemptTimeout is not null, () => new LoopHandler(attemptTimeout, delay ?? TimeSpan.FromMilliseconds(200))));

    public static Contender Polly(string name, Func<ResiliencePipeline<HttpResponseMessage>> pipeline, bool hasDeadline) => new(name, (services, client) =>
    {
        var made = pipeline();
        return Own(services.AddHttpClient(client), hasDeadline, () => new PollyHandler(made));
    });

    /// <summary>The client over a primary handler.</summary>
    /// <param name="primary">Null for the factory's own, over sockets.</param>
    /// <param name="address">Where requests go.</param>
    public Connected Connect(Func<HttpMessageHandler>? primary, Uri? address = null)
    {
        var services = new ServiceCollection();
        var builder = Add(services, Client);
        if (primary is not null)
            builder.ConfigurePrimaryHttpMessageHandler(primary);
        if (address is not null && services.Any(service => service.ServiceType == typeof(IBackends)))
            services.Configure<BackendOptions>(Client, options => options.Address = address);
        var provider = services.BuildServiceProvider();
        var http = provider.GetRequiredService<IHttpClientFactory>().CreateClient(Client);
        http.BaseAddress ??= address ?? Address;
        return new(Name, http, provider);
    }

    private static IHttpClientBuilder Own(IHttpClientBuilder builder, bool hasDeadline, Func<DelegatingHandler> handler)
    {
        if (hasDeadline)
            builder.ConfigureHttpClient(http => http.Timeout = Timeout.InfiniteTimeSpan);
        return builder.RemoveAllLoggers().AddHttpMessageHandler(handler);
    }
}

/// <summary>A client in use, and its services.</summary>
internal sealed record Connected(string Name, HttpClient Http, ServiceProvider Services) : IDisposable
{
    public IBackend Backend => Services.GetRequiredService<IBackends>()[Contender.Client];

    public void Dispose()
    {
        Http.Dispose();
        Services.Dispose();
    }
}

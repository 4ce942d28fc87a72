using Microsoft.Extensions.DependencyInjection;
using Resilience.OutageLab.Caller;

namespace Resilience.OutageLab.Clients;

/// <summary>The clients that are compared, each as its users would register it.</summary>
internal static class Catalog
{
    public const string Name = "backend", Bare = "bare", Ours = "ours", OursBody = "ours-body", Standard = "standard", Retry124 = "retry124", Retry3 = "retry3";
    private const double DefaultAttempt = 10;

    /// <summary>What the tables say of each.</summary>
    public static readonly IReadOnlyDictionary<string, string> Descriptions = new Dictionary<string, string>
    {
        [Bare] = "HttpClient from the factory, no resilience, Timeout 10 s",
        [Ours] = "AddResilientBackend, defaults",
        [OursBody] = "the same, with the body read inside the attempt, as BackendClient does",
        [Standard] = "Polly.Core in the shape and with the numbers of AddStandardResilienceHandler",
        [Retry124] = "3 retries after 1, 2, 4 s, 10 s per attempt, no circuit",
        [Retry3] = "3 retries after up to 0.2, 0.4, 0.8 s (full jitter), 10 s per attempt, no circuit",
    };

    public static ServiceProvider Build(CallerPlan plan, Sent sent, NameTable names)
    {
        var services = new ServiceCollection();
        services.AddLogging(); // Without providers: nobody reads logs here, every client is spared them.
        var builder = Add(services, plan).AddHttpMessageHandler(() => new SendCounter(sent));
        if (plan.NamedPort > 0)
        {
            builder.ConfigurePrimaryHttpMessageHandler((primary, _) =>
            {
                if (primary is SocketsHttpHandler sockets)
                    sockets.ConnectCallback = names.ConnectAsync;
            });
        }

        return services.BuildServiceProvider();
    }

    private static IHttpClientBuilder Add(ServiceCollection services, CallerPlan plan)
    {
        var attempt = TimeSpan.FromSeconds(plan.AttemptTimeoutSeconds > 0 ? plan.AttemptTimeoutSeconds : DefaultAttempt);
        TimeSpan? call = plan.CallTimeoutSeconds > 0 ? TimeSpan.FromSeconds(plan.CallTimeoutSeconds) : null;
        return plan.Client switch
        {
            Bare => Http(services, plan, attempt),
            Ours or OursBody => AddOurs(services, plan, attempt, call),
            Standard => Http(services, plan, Timeout.InfiniteTimeSpan).AddStandard(attempt, call),
            Retry124 => Http(services, plan, call ?? Timeout.InfiniteTimeSpan).AddRetries(attempt, [1, 2, 4], jitter: false),
            Retry3 => Http(services, plan, call ?? Timeout.InfiniteTimeSpan).AddRetries(attempt, [0.2, 0.4, 0.8], jitter: true),
            _ when plan.Plugin is { } plugin => Plugin.Load(plugin, plan.Client)(Http(services, plan, TimeSpan.FromSeconds(100))),
            _ => throw new ArgumentException($"There is no client '{plan.Client}'; there are {string.Join(", ", Descriptions.Keys)}."),
        };
    }

    private static IHttpClientBuilder Http(ServiceCollection services, CallerPlan plan, TimeSpan timeout) =>
        services.AddHttpClient(Name, http => (http.BaseAddress, http.Timeout) = (plan.Address, timeout));

    private static IHttpClientBuilder AddOurs(ServiceCollection services, CallerPlan plan, TimeSpan attempt, TimeSpan? call) =>
        services.AddResilientBackend(Name, options =>
        {
            options.Address = plan.Address;
            if (plan.AttemptTimeoutSeconds > 0)
                (options.AttemptTimeout, options.ConnectTimeout) = (attempt, attempt < options.ConnectTimeout ? attempt : options.ConnectTimeout);
            options.Timeout = call ?? options.Timeout;
        });
}

using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Options;
using Xunit;

namespace Resilience.Health.Tests.Checks;

/// <summary>Runs one check as it was registered, by itself, the way the evaluator would.</summary>
internal static class CheckRun
{
    public static readonly TimeSpan Deadline = TimeSpan.FromSeconds(5);

    public static async Task<HealthCheckResult> OnceAsync(Action<IHealthChecksBuilder> add, TimeSpan? deadline = null, (string Key, string Value)? setting = null)
    {
        await using var provider = Provider(add, setting);
        return await provider.OnceAsync(deadline);
    }

    public static ServiceProvider Provider(Action<IHealthChecksBuilder> add, (string Key, string Value)? setting = null)
    {
        var services = new ServiceCollection();
        var settings = new Dictionary<string, string?>();
        if (setting is var (key, value))
            settings[key] = value;
        services.AddSingleton<IConfiguration>(new ConfigurationBuilder().AddInMemoryCollection(settings).Build());
        services.AddLogging();
        add(services.AddHealthChecks());
        return services.BuildServiceProvider();
    }

    public static async Task<HealthCheckResult> OnceAsync(this IServiceProvider provider, TimeSpan? deadline = null)
    {
        var registration = Assert.Single(provider.GetRequiredService<IOptions<HealthCheckServiceOptions>>().Value.Registrations);
        using var limit = new CancellationTokenSource(deadline ?? Deadline);
        return await registration.Factory(provider).CheckHealthAsync(new HealthCheckContext { Registration = registration }, limit.Token).Within();
    }

    /// <summary>What the host says when it refuses to start; null if it starts.</summary>
    public static async Task<string?> StartFaultAsync(Action<IHealthChecksBuilder> add, (string Key, string Value)? setting = null)
    {
        var builder = Host.CreateEmptyApplicationBuilder(null);
        if (setting is var (key, value))
            builder.Configuration[key] = value;
        add(builder.Services.AddHealthChecks());
        using var host = builder.Build();
        try
        {
            await host.StartAsync().Within();
            await host.StopAsync().Within();
            return null;
        }
        catch (Exception e) when (e is not TimeoutException)
        {
            return e.Message;
        }
    }

    public static string? Code(this HealthCheckResult result) => result.Data.TryGetValue(CheckErrors.DataKey, out var code) ? (string)code : null;

    public static void AssertHolds(this HealthCheckResult result, string code)
    {
        Assert.Equal((code, HealthStatus.Unhealthy), (result.Code(), result.Status));
        Assert.False(string.IsNullOrWhiteSpace(result.Description));
    }

    public static void AssertHidden(this HealthCheckResult result, string secret) =>
        Assert.DoesNotContain(secret, $"{result.Description} {result.Exception} {string.Join(' ', result.Data)}", StringComparison.OrdinalIgnoreCase);
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;

namespace Resilience.Benchmarks;

/// <summary>Two applications: one with our endpoints and a constant, one with the platform's endpoint.</summary>
internal static class HealthServer
{
    public static async Task<IReadOnlyList<IAsyncDisposable>> StartAsync(int port)
    {
        var ours = Build(port, services => services.AddHealthEndpoints());
        ours.MapHealth(options => options.Deep = false);
        ours.MapGet("/constant", () => "{\"status\":\"ok\",\"timestamp\":\"2024-10-25T10:00:00Z\"}");
        await ours.StartAsync();

        var platform = Build(port + 1, _ => { });
        platform.MapHealthChecks("/health");
        await platform.StartAsync();
        return [ours, platform];
    }

    private static WebApplication Build(int port, Action<IServiceCollection> add)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        builder.Services.AddHealthChecks().AddAsyncCheck("slow", async cancelled =>
        {
            await Task.Delay(5, cancelled);
            return HealthCheckResult.Healthy();
        });
        add(builder.Services);
        return builder.Build();
    }
}

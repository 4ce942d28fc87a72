using Microsoft.Extensions.DependencyInjection;
using Polly;

namespace Resilience.Client.Polly.Tests;

/// <summary>The README's first block, line by line, where it is compiled.</summary>
internal static class ReadmeSample
{
    public static async Task<bool> RunAsync(ServiceCollection services, Func<ServiceProvider> build, HttpClient http, Uri items, CancellationToken cancelled)
    {
        services.AddResilientBackend("catalog");             // options: section Backends:catalog
        await using var provider = build();

        var pipeline = new ResiliencePipelineBuilder<HttpResponseMessage>()
            .AddBackendResilience(provider, "catalog")       // in place of AddTimeout, AddRetry, AddCircuitBreaker
            .Build();
        using var response = await pipeline.ExecuteAsync(async attempt => await http.GetAsync(items, attempt), cancelled);
        return response.IsSuccessStatusCode;
    }
}

using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.Extensions.Logging;

namespace Resilience.Benchmarks;

/// <summary>Answers a short text, as fast as Kestrel does.</summary>
internal static class AnswerServer
{
    public static async Task<IReadOnlyList<IAsyncDisposable>> StartAsync(int port)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls($"http://127.0.0.1:{port}");
        var app = builder.Build();
        app.MapGet("/items", () => "one, two, three");
        await app.StartAsync();
        return [app];
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Benchmarks;

/// <summary>What a backend takes of time and memory where there are many: registered, resolved, and called once.</summary>
internal static class ManyBackends
{
    public static async Task RunAsync(Report report, RunOptions options)
    {
        var table = new Table(
            "Many backends", "Registered, resolved and called once each, over a stub. Memory is the live heap after it, divided by the backends.",
            ("µs to register one", "N0"), ("ms to build", "N0"), ("µs to resolve and call one", "N0"), ("bytes each", "N0"));
        await MeasureAsync(Contender.Bare, 10);
        await MeasureAsync(Contender.Ours, 10);
        foreach (var count in new[] { 100, 1_000, options.CallsOr(10_000) })
        {
            foreach (var contender in new[] { Contender.Bare, Contender.Ours })
                table.Add($"{contender.Name}, {count:N0}", await MeasureAsync(contender, count));
        }

        report.Add(table);
    }

    private static async Task<object?[]> MeasureAsync(Contender contender, int count)
    {
        var stub = new Stub(isAsynchronous: false, Stub.Ok);
        var before = GC.GetTotalMemory(forceFullCollection: true);
        var started = Stopwatch.GetTimestamp();
        var services = new ServiceCollection();
        for (var i = 0; i < count; i++)
            contender.Add(services, $"backend-{i}").ConfigurePrimaryHttpMessageHandler(() => stub);
        var registering = Stopwatch.GetElapsedTime(started);

        started = Stopwatch.GetTimestamp();
        await using var provider = services.BuildServiceProvider();
        var factory = provider.GetRequiredService<IHttpClientFactory>();
        var building = Stopwatch.GetElapsedTime(started);

        started = Stopwatch.GetTimestamp();
        for (var i = 0; i < count; i++)
        {
            using var http = factory.CreateClient($"backend-{i}");
            using var response = await http.GetAsync(new Uri("http://backend.test/items"));
        }

        var calling = Stopwatch.GetElapsedTime(started);
        var bytes = GC.GetTotalMemory(forceFullCollection: true) - before;
        GC.KeepAlive(services);
        return [registering.TotalMicroseconds / count, building.TotalMilliseconds, calling.TotalMicroseconds / count, (double)bytes / count];
    }
}

using System.Diagnostics;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Resilience.Health;

namespace Resilience.Hosting.Tests.Gate;

/// <summary>A host with a startup gate on the real clock, for real servers.</summary>
internal sealed class LiveGate : IDisposable
{
    private readonly IHost _host;
    private readonly long _started;

    /// <param name="addChecks">To be tagged <c>startup</c>.</param>
    /// <param name="configure">The gate's options.</param>
    public LiveGate(Action<IHealthChecksBuilder> addChecks, Action<StartupGateOptions>? configure = null)
    {
        var builder = Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace);
        addChecks(builder.Services.AddHealthChecks());
        builder.Services.AddStartupGate(configure);
        _host = builder.Build();
        _started = Stopwatch.GetTimestamp();
        Starting = Task.Run(StartAsync);
    }

    public ListLogger Log { get; } = new();

    /// <summary>The start, which the gate holds up.</summary>
    public Task Starting { get; }

    /// <summary>When it ended, well or not, on the stopwatch; 0 before.</summary>
    public long EndedAt { get; private set; }

    public TimeSpan Took => Stopwatch.GetElapsedTime(_started, EndedAt);

    public IReadOnlyList<string> Missing => Starting.Exception?.InnerException is StartupGateException failure ? failure.Missing : [];

    /// <summary>How long the newest run of a check took.</summary>
    public TimeSpan LatencyOf(string check) => _host.Services.GetRequiredService<IHealthEvaluator>().Current[check]?.Latency ?? TimeSpan.Zero;

    public Task SaysAsync(string words) => Eventually.IsTrueAsync(() => Log.Lines.Any(line => line.Contains(words, StringComparison.Ordinal)), words);

    public void Dispose() => _host.Dispose();

    private async Task StartAsync()
    {
        try
        {
            await _host.StartAsync();
        }
        finally
        {
            EndedAt = Stopwatch.GetTimestamp();
        }
    }
}

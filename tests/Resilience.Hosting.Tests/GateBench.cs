using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Resilience.Health;

namespace Resilience.Hosting.Tests;

/// <summary>A host with a startup gate on virtual time. Checks are added before it starts.</summary>
internal sealed class GateBench : IDisposable
{
    private IHost? _host;

    public GateBench(params (string Key, string? Value)[] settings)
    {
        Builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        Builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace);
        Builder.Services.AddSingleton<TimeProvider>(Time);
        Builder.Services.AddStartupGate();
    }

    public FakeTime Time { get; } = new();

    public ListLogger Log { get; } = new();

    public HostApplicationBuilder Builder { get; }

    public IHost Host => _host ?? throw new InvalidOperationException("Not started.");

    public IStartupGate Gate => Host.Services.GetRequiredService<IStartupGate>();

    public HealthSnapshot Current => Host.Services.GetRequiredService<IHealthEvaluator>().Current;

    /// <summary>Begins the host's start, which a gate in Hold mode holds up.</summary>
    public Task Start()
    {
        _host = Builder.Build();
        var starting = _host.StartAsync();
        FakeTime.Settle();
        return starting;
    }

    public void Dispose() => _host?.Dispose();
}

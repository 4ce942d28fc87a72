using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
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

    public IHostApplicationLifetime Lifetime => Host.Services.GetRequiredService<IHostApplicationLifetime>();

    public IHealthEvaluator Evaluator => Host.Services.GetRequiredService<IHealthEvaluator>();

    /// <summary>The waiting of somebody who waits for it.</summary>
    public Task Opened => Gate.WaitAsync();

    public HealthSnapshot Current => Host.Services.GetRequiredService<IHealthEvaluator>().Current;

    /// <summary>Asks as an endpoint does.</summary>
    public Task<HealthSnapshot> Read() => Host.Services.GetRequiredService<IHealthEvaluator>().ReadAsync().AsTask();

    /// <summary>What the gate has said, without level and prefix.</summary>
    public string[] Said => [.. Log.Lines.Where(line => line.Contains(Prefix, StringComparison.Ordinal)).Select(line => line[(line.IndexOf(Prefix, StringComparison.Ordinal) + Prefix.Length)..])];

    private const string Prefix = ": Startup gate: ";

    /// <summary>Adds a check that the gate waits for, and that fails until it is told otherwise.</summary>
    public GateCheck Add(string name, HealthStatus failureStatus = HealthStatus.Unhealthy, TimeSpan? timeout = null, string tag = CheckTags.Startup)
    {
        var check = new GateCheck(Time);
        Builder.Services.AddHealthChecks().Add(new HealthCheckRegistration(name, _ => check, failureStatus, [tag], timeout));
        return check;
    }

    public void Build() => _host ??= Builder.Build();

    public Task Stop() => Host.StopAsync();

    /// <summary>Begins the host's start, which a gate in Hold mode holds up.</summary>
    public Task Start() => StartUntil(CancellationToken.None);

    /// <param name="cancelled">The start's own token.</param>
    public Task StartUntil(CancellationToken cancelled)
    {
        Build();
        var starting = Host.StartAsync(cancelled);
        FakeTime.Settle();
        return starting;
    }

    /// <summary>Advances until the gate opens.</summary>
    /// <returns>How long that took.</returns>
    public TimeSpan UntilOpen(double seconds = 100) => Time.AdvanceUntil(() => Gate.IsOpen, TimeSpan.FromSeconds(seconds));

    /// <summary>Advances until the start has failed.</summary>
    /// <returns>How long that took, and why.</returns>
    public async Task<(TimeSpan Took, StartupGateException Failure)> UntilFailed(Task starting, double seconds = 100)
    {
        var took = Time.AdvanceUntil(() => starting.IsCompleted, TimeSpan.FromSeconds(seconds));
        return (took, await Xunit.Assert.ThrowsAsync<StartupGateException>(() => starting));
    }

    public void Dispose() => _host?.Dispose();
}

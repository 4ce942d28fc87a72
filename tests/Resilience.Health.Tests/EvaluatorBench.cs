using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;

namespace Resilience.Health.Tests;

/// <summary>A host with an evaluator on virtual time. Checks are added before it starts.</summary>
internal sealed class EvaluatorBench : IDisposable
{
    private IHost? _host;

    public EvaluatorBench(params (string Key, string? Value)[] settings)
    {
        Builder = Microsoft.Extensions.Hosting.Host.CreateApplicationBuilder(new HostApplicationBuilderSettings { DisableDefaults = true });
        Builder.Configuration.AddInMemoryCollection(settings.Select(setting => KeyValuePair.Create(setting.Key, setting.Value)));
        Builder.Logging.AddProvider(Log).SetMinimumLevel(LogLevel.Trace);
        Builder.Services.AddSingleton<TimeProvider>(Time);
        Builder.Services.AddHealthEvaluator();
    }

    public FakeTime Time { get; } = new();

    public ListLogger Log { get; } = new();

    public HostApplicationBuilder Builder { get; }

    public IHealthChecksBuilder Checks => Builder.Services.AddHealthChecks();

    public IHost Host => _host ?? throw new InvalidOperationException("Not started.");

    public IHealthEvaluator Evaluator => Host.Services.GetRequiredService<IHealthEvaluator>();

    public HealthSnapshot Current => Evaluator.Current;

    /// <summary>Starts the host and lets the first runs end that can.</summary>
    /// <param name="beforeIt">What happens once the evaluator is there.</param>
    public async Task<EvaluatorBench> StartAsync(Action? beforeIt = null)
    {
        _host = Builder.Build();
        _ = Evaluator;
        beforeIt?.Invoke();
        await _host.StartAsync();
        FakeTime.Settle();
        return this;
    }

    public Task<HealthSnapshot> RefreshAsync() => Evaluator.RefreshAsync().Within();

    public Task<HealthSnapshot> ReadAsync() => Evaluator.ReadAsync().AsTask().Within();

    public Task StopAsync() => Host.StopAsync().Within();

    public ScriptedCheck Add(string name, HealthStatus failureStatus = HealthStatus.Unhealthy, params string[] tags)
    {
        var check = new ScriptedCheck(Time);
        Checks.Add(new HealthCheckRegistration(name, _ => check, failureStatus, tags));
        return check;
    }

    public void Dispose() => _host?.Dispose();
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Npgsql;
using Xunit;

namespace Resilience.Health.Npgsql.Tests;

/// <summary>An application with one data source and one check of it, over the platform's own service. Whatever a check says, it must not hold the password.</summary>
internal sealed class CheckedApp : IAsyncDisposable
{
    private readonly ListLogger _log = new();
    private readonly ServiceProvider _services;

    public CheckedApp(string connectionString, bool requireWritable = false, Action<NpgsqlDataSourceBuilder>? configure = null)
    {
        var services = new ServiceCollection().AddLogging(logging => logging.SetMinimumLevel(LogLevel.Trace).AddProvider(_log));
        services.AddSingleton(provider =>
        {
            var builder = new NpgsqlDataSourceBuilder(connectionString).UseLoggerFactory(provider.GetRequiredService<ILoggerFactory>());
            configure?.Invoke(builder);
            return builder.Build();
        });
        services.AddHealthChecks().AddPostgresCheck("db", requireWritable: requireWritable);
        _services = services.BuildServiceProvider();
    }

    public NpgsqlDataSource DataSource => _services.GetRequiredService<NpgsqlDataSource>();

    /// <summary>How many questions it has begun to send.</summary>
    public int Asked => _log.Lines.Count(line => line.Contains("Executing batch", StringComparison.Ordinal));

    public Task<HealthReportEntry> CheckAsync() => RunAsync(CancellationToken.None);

    public async Task<HealthReportEntry> RunAsync(CancellationToken cancellationToken)
    {
        var report = await _services.GetRequiredService<HealthCheckService>().CheckHealthAsync(cancellationToken).Within();
        var entry = report.Entries["db"];
        AssertNoSecret([entry.Description, entry.Exception?.ToString(), .. entry.Data.Select(pair => $"{pair.Value}"), .. _log.Lines]);
        return entry;
    }

    public async Task<HealthReportEntry> FailsAsync(string error)
    {
        var entry = await CheckAsync();
        Assert.Equal((HealthStatus.Unhealthy, error), (entry.Status, entry.Data.GetValueOrDefault("error")));
        Assert.DoesNotContain(PostgresServer.User, entry.Description, StringComparison.Ordinal);
        return entry;
    }

    public async Task IsWellAsync()
    {
        var entry = await CheckAsync();
        Assert.Equal((HealthStatus.Healthy, "connected"), (entry.Status, entry.Description));
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    private static void AssertNoSecret(IEnumerable<string?> texts) =>
        Assert.DoesNotContain(texts, text => text?.Contains(PostgresServer.Password, StringComparison.OrdinalIgnoreCase) == true);
}

using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Resilience.Health.Npgsql;

/// <summary>Refuses to start a host whose checks have no data source: found at start, not in the first report. It connects to nothing.</summary>
internal sealed class PostgresStartup(IEnumerable<PostgresCheckRegistration> checks, IServiceScopeFactory scopes) : IHostedLifecycleService
{
    public async Task StartingAsync(CancellationToken cancellationToken)
    {
        await using var scope = scopes.CreateAsyncScope();
        var missing = checks.Where(check => check.TryFind(scope.ServiceProvider) is null).Select(check => check.Missing).ToList();
        if (missing.Count > 0)
            throw new InvalidOperationException(string.Join('\n', missing));
    }

    public Task StartAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StartedAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppingAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StopAsync(CancellationToken cancellationToken) => Task.CompletedTask;

    public Task StoppedAsync(CancellationToken cancellationToken) => Task.CompletedTask;
}

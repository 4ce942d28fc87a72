using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>Asks PostgreSQL something small over a connection that the application's pool lends. Stateless: a run leaves nothing behind but what the pool keeps anyway.</summary>
internal sealed class PostgresCheck(NpgsqlDataSource dataSource, bool requireWritable) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await AskAsync(cancellationToken).ConfigureAwait(false);
            if (answer.Fault is { } fault && IsOfAnOldConnection(fault))
            {
                // The server was restarted, and the pool lent a connection from before. Finding that out has cleared the pool: now the server itself is asked.
                answer = await AskAsync(cancellationToken).ConfigureAwait(false);
            }

            return answer.Fault is null ? Judge(context, answer) : Failed(context, answer.Fault);
        }
        catch (Exception) when (cancellationToken.IsCancellationRequested)
        {
            throw new OperationCanceledException(cancellationToken); // Whatever the driver made of it.
        }
        catch (Exception e)
        {
            return Failed(context, e);
        }
    }

    private static bool IsOfAnOldConnection(Exception fault) => PostgresFailure.Classify(fault) is PostgresFailure.Closed or PostgresFailure.Stopping;

    private async Task<PostgresAnswer> AskAsync(CancellationToken cancellationToken)
    {
        var connection = await dataSource.OpenConnectionAsync(cancellationToken).ConfigureAwait(false);

        // Not cancelled but left alone: the driver cancels by asking the server on a second connection, which blocks the thread that cancels for as long as the server is frozen.
        // Left alone, the query ends when the server moves again or its connection breaks, and then gives its connection back, in good order.
        return await PostgresQuery.RunAsync(connection, requireWritable).WaitAsync(cancellationToken).ConfigureAwait(false);
    }

    private HealthCheckResult Judge(HealthCheckContext context, PostgresAnswer answer) => !answer.TakesNoWrites
        ? HealthCheckResult.Healthy("connected", answer.Data)
        : PostgresFailure.ReadOnlyResult(context.Registration.FailureStatus, Server(), answer.Data);

    private HealthCheckResult Failed(HealthCheckContext context, Exception fault) =>
        PostgresFailure.Result(context.Registration.FailureStatus, Server(), fault);

    // Several hosts come with their ports; a socket of the file system has none.
    private string Server()
    {
        var settings = new NpgsqlConnectionStringBuilder(dataSource.ConnectionString);
        return settings.Host is not { } host ? "PostgreSQL" : host.Contains(',', StringComparison.Ordinal) || host.StartsWith('/') ? host : $"{host}:{settings.Port}";
    }
}

using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>Asks PostgreSQL something small over a connection that the application's pool lends. A run that is given up leaves its query behind, for a while: see <see cref="PostgresTurn"/>.</summary>
internal sealed class PostgresCheck(NpgsqlDataSource dataSource, bool requireWritable) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var answer = await AskAsync(cancellationToken).ConfigureAwait(false);
            if (answer?.Fault is { } fault && IsOfAnOldConnection(fault))
            {
                // The server was restarted, and the pool lent a connection from before. Finding that out has cleared the pool: now the server itself is asked.
                answer = await AskAsync(cancellationToken).ConfigureAwait(false);
            }

            return answer is null ? PostgresFailure.UnansweredResult(context.Registration.FailureStatus, Server())
                : answer.Fault is null ? Judge(context, answer) : Failed(context, answer.Fault);
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

    // Not cancelled but left alone: the driver cancels by asking the server on a second connection, which blocks the thread that cancels for as long as the server is frozen.
    // Left alone, the query ends when the server moves again, its connection breaks or its own time is over, and then gives its connection back.
    private Task<PostgresAnswer?> AskAsync(CancellationToken cancellationToken) => PostgresTurn.Of(dataSource)
        .AskAsync(dataSource.OpenConnectionAsync, connection => PostgresQuery.RunAsync(connection, requireWritable), cancellationToken);

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

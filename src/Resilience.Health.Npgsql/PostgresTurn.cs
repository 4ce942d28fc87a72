using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>
/// Whose turn it is to ask a data source: of its pool, its checks together hold one connection at most. Without that, each run against a server that hangs would leave
/// another connection waiting, until the application has none. Safe for use by many threads.
/// </summary>
[SuppressMessage("Design", "CA1001", Justification = "The semaphore's wait handle is never asked for: there is nothing to dispose.")]
internal sealed class PostgresTurn
{
    /// <summary>How long a run waits for a question that nobody waits for any more: as long as a server may need that has just come back.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(1);

    // By data source and not by check: they share the pool. It keeps no data source alive.
    private static readonly ConditionalWeakTable<NpgsqlDataSource, PostgresTurn> Turns = [];

    private readonly SemaphoreSlim _free = new(1);
    private volatile bool _isAbandoned;

    public static PostgresTurn Of(NpgsqlDataSource dataSource) => Turns.GetValue(dataSource, static _ => new());

    /// <summary>Asks when the turn comes, and keeps the turn until the question has ended, whether somebody waits for it or not.</summary>
    /// <param name="open">Borrows the connection.</param>
    /// <param name="ask">Asks, and gives the connection back. Not cancelled but left alone.</param>
    /// <param name="cancellationToken">Ends the waiting.</param>
    /// <returns>Null if an earlier question is still without an answer: then nothing was borrowed.</returns>
    public async Task<PostgresAnswer?> AskAsync(
        Func<CancellationToken, ValueTask<NpgsqlConnection>> open, Func<NpgsqlConnection, Task<PostgresAnswer>> ask, CancellationToken cancellationToken)
    {
        if (!await _free.WaitAsync(_isAbandoned ? Patience : Timeout.InfiniteTimeSpan, cancellationToken).ConfigureAwait(false))
            return null;
        _isAbandoned = false;

        NpgsqlConnection connection;
        try
        {
            connection = await open(cancellationToken).ConfigureAwait(false);
        }
        catch
        {
            _free.Release();
            throw;
        }

        try
        {
            return await AskAsync(ask(connection)).WaitAsync(cancellationToken).ConfigureAwait(false);
        }
        catch (OperationCanceledException)
        {
            _isAbandoned = true;
            throw;
        }
    }

    private async Task<PostgresAnswer> AskAsync(Task<PostgresAnswer> question)
    {
        try
        {
            return await question.ConfigureAwait(false);
        }
        finally
        {
            _free.Release();
        }
    }
}

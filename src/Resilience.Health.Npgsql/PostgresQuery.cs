using Npgsql;

namespace Resilience.Health.Npgsql;

/// <summary>What the server said. <paramref name="Fault"/> tells that it said nothing, and why.</summary>
internal sealed record PostgresAnswer(bool TakesNoWrites, IReadOnlyDictionary<string, object> Data, Exception? Fault = null);

/// <summary>The questions, in one round trip.</summary>
internal static class PostgresQuery
{
    private const string Alive = "SELECT 1";
    private const string Writable = "SELECT current_setting('transaction_read_only') = 'on'"; // Also when only this database, or this role, was made read-only.
    private const string Details = """
        SELECT pg_is_in_recovery(), current_setting('max_connections')::int,
               (SELECT count(*)::int FROM pg_stat_activity WHERE datid IS NOT NULL AND coalesce(backend_type, 'client backend') = 'client backend')
        """; // Of others' connections a plain role sees the database, but not the type.

    // The application's own command timeout, so that the check waits as its queries do. Its end is not to be for ever: a connection whose other end has gone without a word,
    // behind a load balancer say, gives its place in the pool back only then. Seconds; 30 is the driver's default.
    private const int LongestTimeout = 30;

    /// <summary>Never throws, so that it may be left alone. Gives the connection back.</summary>
    public static async Task<PostgresAnswer> RunAsync(NpgsqlConnection connection, bool requireWritable)
    {
        try
        {
            await using var given = connection.ConfigureAwait(false);
            return await AskAsync(connection, requireWritable).ConfigureAwait(false);
        }
        catch (Exception e)
        {
            return new(false, new Dictionary<string, object>(), e);
        }
    }

    private static int Limit(int timeout) => timeout is 0 or > LongestTimeout ? LongestTimeout : timeout;

    private static async Task<PostgresAnswer> AskAsync(NpgsqlConnection connection, bool requireWritable)
    {
        var batch = new NpgsqlBatch(connection)
        {
            Timeout = Limit(connection.CommandTimeout),
            BatchCommands = { new(requireWritable ? Writable : Alive), new(Details) },
        };
        await using var givenBatch = batch.ConfigureAwait(false);
        var reader = await batch.ExecuteReaderAsync().ConfigureAwait(false);
        await using var givenReader = reader.ConfigureAwait(false);
        await reader.ReadAsync().ConfigureAwait(false);
        var takesNoWrites = requireWritable && reader.GetBoolean(0);

        var data = new Dictionary<string, object> { ["version"] = connection.ServerVersion };
        try
        {
            await reader.NextResultAsync().ConfigureAwait(false);
            await reader.ReadAsync().ConfigureAwait(false);
            data["inRecovery"] = reader.GetBoolean(0);
            data["connections"] = reader.GetInt32(2);
            data["maxConnections"] = reader.GetInt32(1);
        }
        catch (PostgresException)
        {
            // A role that may not know. The server is well all the same.
        }

        return new(takesNoWrites, data);
    }
}

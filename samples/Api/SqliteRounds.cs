using Microsoft.Data.Sqlite;

namespace Api;

/// <summary>In one SQLite file. It answers in microseconds, so nothing here is worth awaiting.</summary>
public sealed class SqliteRounds : IRounds, IDisposable
{
    private const string Columns = "id, player, move, house, result, played_at";

    private readonly string _connectionString;
    private readonly SqliteConnection _writer;
    private readonly Lock _writing = new(); // SQLite has one writer at a time: queue here, not in its busy loop

    public SqliteRounds(IConfiguration configuration)
    {
        _connectionString = ConnectionString(configuration);
        _writer = Open();

        // WAL: readers never wait for the writer, and a killed process leaves a file that opens as it was.
        Command(_writer, """
            PRAGMA journal_mode = WAL;
            PRAGMA synchronous = NORMAL;
            CREATE TABLE IF NOT EXISTS rounds (
                id INTEGER PRIMARY KEY, player TEXT NOT NULL, move TEXT NOT NULL, house TEXT NOT NULL,
                result TEXT NOT NULL, played_at TEXT NOT NULL, idempotency_key TEXT UNIQUE);
            CREATE INDEX IF NOT EXISTS rounds_by_player ON rounds (player);
            CREATE TABLE IF NOT EXISTS standings (
                player TEXT PRIMARY KEY, played INTEGER NOT NULL, wins INTEGER NOT NULL, score INTEGER NOT NULL);
            CREATE INDEX IF NOT EXISTS standings_by_score ON standings (score DESC, wins DESC, player, played);
            """).ExecuteNonQuery();
    }

    public static string ConnectionString(IConfiguration configuration) => configuration.GetConnectionString("Sqlite") ?? "Data Source=rounds.db";

    public Task<Round> PlayAsync(string player, string move, string house, string? key) => Task.FromResult(Play(player, move, house, key));

    public Task<Round?> FindAsync(long id)
    {
        using var connection = Open();
        using var command = Command(connection, $"SELECT {Columns} FROM rounds WHERE id = $id", ("$id", id));
        return Task.FromResult(ReadRounds(command).SingleOrDefault());
    }

    public Task<IReadOnlyList<Round>> HistoryAsync(string? player, int take)
    {
        using var connection = Open();
        using var command = Command(connection, $"""
            SELECT {Columns} FROM rounds
            {(player is null ? "" : "WHERE player = $player")} ORDER BY id DESC LIMIT $take
            """, ("$player", player), ("$take", take));
        return Task.FromResult<IReadOnlyList<Round>>(ReadRounds(command));
    }

    public Task<IReadOnlyList<Standing>> LeaderboardAsync()
    {
        using var connection = Open();
        using var command = Command(connection, "SELECT player, played, wins, score FROM standings ORDER BY score DESC, wins DESC, player LIMIT 10");
        using var reader = command.ExecuteReader();
        var standings = new List<Standing>();
        while (reader.Read()) standings.Add(new(reader.GetString(0), reader.GetInt32(1), reader.GetInt32(2), reader.GetInt32(3)));
        return Task.FromResult<IReadOnlyList<Standing>>(standings);
    }

    public void Dispose()
    {
        _writer.Dispose();
        SqliteConnection.ClearPool(_writer); // the last connection to close folds the WAL back into the file
    }

    private Round Play(string player, string move, string house, string? key)
    {
        var result = Game.Judge(move, house);
        lock (_writing)
        {
            using var transaction = _writer.BeginTransaction();
            using var insert = Command(_writer, $"""
                INSERT INTO rounds (player, move, house, result, played_at, idempotency_key)
                VALUES ($player, $move, $house, $result, $now, $key)
                ON CONFLICT (idempotency_key) DO NOTHING
                RETURNING {Columns}
                """, ("$player", player), ("$move", move), ("$house", house), ("$result", result), ("$now", DateTimeOffset.UtcNow), ("$key", key));
            if (ReadRounds(insert) is not [var round])
            {
                using var played = Command(_writer, $"SELECT {Columns} FROM rounds WHERE idempotency_key = $key", ("$key", key));
                return ReadRounds(played)[0];
            }

            using var count = Command(_writer, """
                INSERT INTO standings (player, played, wins, score) VALUES ($player, 1, $win, $points)
                ON CONFLICT (player) DO UPDATE SET played = played + 1, wins = wins + excluded.wins, score = score + excluded.score
                """, ("$player", player), ("$win", result == "win" ? 1 : 0), ("$points", Game.Points(result)));
            count.ExecuteNonQuery();
            transaction.Commit();
            return round;
        }
    }

    private SqliteConnection Open()
    {
        var connection = new SqliteConnection(_connectionString); // pooled: opening costs microseconds
        connection.Open();
        return connection;
    }

    private static SqliteCommand Command(SqliteConnection connection, string sql, params ReadOnlySpan<(string Name, object? Value)> parameters)
    {
        var command = connection.CreateCommand(); // belongs to the connection's open transaction, if there is one
        command.CommandText = sql;
        foreach (var (name, value) in parameters) command.Parameters.AddWithValue(name, value ?? DBNull.Value);
        return command;
    }

    private static List<Round> ReadRounds(SqliteCommand command)
    {
        using var reader = command.ExecuteReader();
        var rounds = new List<Round>();
        while (reader.Read())
            rounds.Add(new(reader.GetInt64(0), reader.GetString(1), reader.GetString(2), reader.GetString(3), reader.GetString(4), reader.GetDateTimeOffset(5)));
        return rounds;
    }
}

using System.Data.Common;
using Npgsql;

namespace Api;

/// <summary>
/// In PostgreSQL. A client that hangs up cancels nothing: a round that has begun is finished, and the driver cancels by asking the server
/// once more, which blocks a thread while the server hangs.
/// </summary>
public sealed class PostgresRounds(NpgsqlDataSource database) : IRounds
{
    private const string Columns = "id, player, move, house, result, played_at";

    public async Task<Round> PlayAsync(string player, string move, string house, string? key)
    {
        var result = Game.Judge(move, house);

        // One statement, so one transaction. A key that another request is just using is waited for.
        var played = await ReadRoundsAsync($"""
            WITH played AS (
                INSERT INTO rounds (player, move, house, result, idempotency_key) VALUES ($1, $2, $3, $4, $5)
                ON CONFLICT (idempotency_key) DO NOTHING
                RETURNING {Columns}),
            counted AS (
                INSERT INTO standings AS so_far (player, played, wins, score) SELECT player, 1, $6, $7 FROM played
                ON CONFLICT (player) DO UPDATE SET
                    played = so_far.played + 1, wins = so_far.wins + excluded.wins, score = so_far.score + excluded.score)
            SELECT {Columns} FROM played
            """, player, move, house, result, key, result == "win" ? 1 : 0, Game.Points(result));
        return played is [var round]
            ? round
            : (await ReadRoundsAsync($"SELECT {Columns} FROM rounds WHERE idempotency_key = $1", key))[0]; // stored by now: a new statement sees it
    }

    public async Task<Round?> FindAsync(long id) =>
        (await ReadRoundsAsync($"SELECT {Columns} FROM rounds WHERE id = $1", id)).SingleOrDefault();

    public async Task<IReadOnlyList<Round>> HistoryAsync(string? player, int take) => player is null
        ? await ReadRoundsAsync($"SELECT {Columns} FROM rounds ORDER BY id DESC LIMIT $1", take)
        : await ReadRoundsAsync($"SELECT {Columns} FROM rounds WHERE player = $2 ORDER BY id DESC LIMIT $1", take, player);

    public async Task<IReadOnlyList<Standing>> LeaderboardAsync() => await ReadAsync(
        "SELECT player, played, wins, score FROM standings ORDER BY score DESC, wins DESC, player LIMIT 10",
        row => new Standing(row.GetString(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3)));

    private Task<List<Round>> ReadRoundsAsync(string sql, params object?[] parameters) => ReadAsync(
        sql,
        row => new Round(row.GetInt64(0), row.GetString(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5)),
        parameters);

    private async Task<List<T>> ReadAsync<T>(string sql, Func<DbDataReader, T> read, params object?[] parameters)
    {
        await using var command = database.CreateCommand(sql);
        foreach (var value in parameters) command.Parameters.Add(new() { Value = value ?? DBNull.Value });
        await using var reader = await command.ExecuteReaderAsync();
        var rows = new List<T>();
        while (await reader.ReadAsync()) rows.Add(read(reader));
        return rows;
    }
}

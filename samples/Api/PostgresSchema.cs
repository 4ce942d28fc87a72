using Npgsql;
using Resilience.Hosting;

namespace Api;

/// <summary>Creates the tables once PostgreSQL is there. The Api serves its health meanwhile, so this waits for the gate itself.</summary>
public sealed class PostgresSchema(NpgsqlDataSource database, IStartupGate gate, ILogger<PostgresSchema> logger) : BackgroundService
{
    private static readonly TimeSpan Pause = TimeSpan.FromSeconds(1);

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await gate.WaitAsync(stoppingToken);
        string? said = null;
        while (true)
        {
            try
            {
                await CreateAsync().WaitAsync(stoppingToken);
                logger.LogInformation("The tables are there.");
                return;
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested) // whatever it is, it may pass
            {
                if (said != e.Message) logger.LogWarning("No tables yet: {Reason}", said = e.Message);
            }

            await Task.Delay(Pause, stoppingToken);
        }
    }

    // The lock is for other processes that start at the same time: IF NOT EXISTS alone does not help both.
    private async Task CreateAsync()
    {
        await using var command = database.CreateCommand("""
            SELECT pg_advisory_xact_lock(7265);
            CREATE TABLE IF NOT EXISTS rounds (
                id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY, player text NOT NULL, move text NOT NULL, house text NOT NULL,
                result text NOT NULL, played_at timestamptz NOT NULL DEFAULT now(), idempotency_key text UNIQUE);
            CREATE INDEX IF NOT EXISTS rounds_by_player ON rounds (player, id);
            CREATE TABLE IF NOT EXISTS standings (
                player text PRIMARY KEY, played int NOT NULL, wins int NOT NULL, score int NOT NULL);
            CREATE INDEX IF NOT EXISTS standings_by_score ON standings (score DESC, wins DESC, player)
            """);
        await command.ExecuteNonQueryAsync();
    }
}

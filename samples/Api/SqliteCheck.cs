using Microsoft.Data.Sqlite;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace Api;

/// <summary>
/// Whether the SQLite file can be read, how large it is, and what SQLite found when it last read all of it. That takes long, so it is done in
/// the background, a little after the start and then hourly, and never because somebody asks.
/// </summary>
public sealed class SqliteCheck(IConfiguration configuration, ILogger<SqliteCheck> logger) : BackgroundService, IHealthCheck
{
    private const int LongestProblem = 200;
    private static readonly TimeSpan FirstAfter = TimeSpan.FromSeconds(10), Every = TimeSpan.FromHours(1);

    private readonly string _connectionString =
        new SqliteConnectionStringBuilder(SqliteRounds.ConnectionString(configuration)) { Mode = SqliteOpenMode.ReadWrite }.ToString(); // which creates no file

    private volatile string? _integrity;

    public Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var data = new Dictionary<string, object>();
        try
        {
            data["size"] = (long)(Ask("SELECT page_count * page_size FROM pragma_page_count(), pragma_page_size()") ?? 0L);
            Ask("SELECT 1 FROM rounds LIMIT 1");
        }
        catch (SqliteException e)
        {
            return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"SQLite: {e.Message}", e, data));
        }

        if (_integrity is not { } integrity) return Task.FromResult(HealthCheckResult.Healthy(data: data));

        data["integrityCheck"] = integrity;
        if (integrity == "ok") return Task.FromResult(HealthCheckResult.Healthy(data: data));

        data["error"] = "corrupt";
        return Task.FromResult(new HealthCheckResult(context.Registration.FailureStatus, $"The file is damaged: {integrity}", data: data));
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await Task.Delay(FirstAfter, stoppingToken);
        while (true)
        {
            try
            {
                // It cannot be interrupted; at the end of the process it is left alone.
                _integrity = await Task.Run(CheckIntegrity, CancellationToken.None).WaitAsync(stoppingToken);
            }
            catch (SqliteException e) // locked or busy, say: no verdict
            {
                logger.LogWarning(e, "The integrity check did not run.");
            }

            await Task.Delay(Every, stoppingToken);
        }
    }

    private string CheckIntegrity()
    {
        try
        {
            var found = (Ask("PRAGMA integrity_check(1)") as string ?? "no answer").Split('\n')[^1]; // above it, at most, the database's name
            return found.Length <= LongestProblem ? found : found[..LongestProblem];
        }
        catch (SqliteException e) when (e.SqliteErrorCode is SQLitePCL.raw.SQLITE_CORRUPT or SQLitePCL.raw.SQLITE_NOTADB)
        {
            return "unreadable"; // too damaged to be checked
        }
    }

    private object? Ask(string sql)
    {
        using var connection = new SqliteConnection(_connectionString);
        connection.Open();
        using var command = connection.CreateCommand();
        command.CommandText = sql;
        return command.ExecuteScalar();
    }
}

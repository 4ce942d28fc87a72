using System.Text.Json;
using Resilience.Hosting;

namespace Worker;

/// <summary>Brings the leaderboard into a file, round by round, and shows that it moves.</summary>
public sealed class Importer(
    ApiClient api, IConfiguration configuration, [FromKeyedServices(Importer.Loop)] ILoopHeartbeat heartbeat, ILogger<Importer> logger, Faults? faults = null) : BackgroundService
{
    public const string Loop = "importer";

    private readonly string _file = configuration["Import:File"] ?? "leaderboard.json";
    private readonly TimeSpan _period = configuration.GetValue("Import:Period", TimeSpan.FromSeconds(5));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        using var timer = new PeriodicTimer(_period);
        do
        {
            heartbeat.Beat();
            try
            {
                await ImportAsync(stoppingToken);
            }
            catch (Exception e) when (!stoppingToken.IsCancellationRequested) // whatever it is, the next round may do better
            {
                logger.LogWarning("Nothing imported. {Reason}", e.Message);
            }

            if (faults is not null) await faults.StrikeAsync();
        }
        while (await timer.WaitForNextTickAsync(stoppingToken));
    }

    private async Task ImportAsync(CancellationToken stoppingToken)
    {
        var standings = await api.LeaderboardAsync(stoppingToken);

        // Whoever reads it gets the old one or the new one, and nothing in between.
        var fresh = _file + ".new";
        await File.WriteAllBytesAsync(fresh, JsonSerializer.SerializeToUtf8Bytes(standings, JsonSerializerOptions.Web), stoppingToken);
        File.Move(fresh, _file, overwrite: true);
    }
}

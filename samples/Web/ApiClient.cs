using System.Net;
using Resilience.Client;

namespace Web;

public sealed record NewRound(string? Player, string? Move);

public sealed record Round(long Id, string Player, string Move, string House, string Result, DateTimeOffset PlayedAt);

public sealed record Standing(string Player, int Played, int Wins, int Score);

/// <summary>All that this site knows about the Api. A restart of the Api is waited out inside these calls.</summary>
public sealed class ApiClient(BackendClient backend)
{
    /// <summary>Plays a round. The key lets the call be sent again when its answer got lost: the round counts once.</summary>
    public Task<Round?> PlayAsync(NewRound round, CancellationToken cancellationToken) =>
        backend.PostAsync<NewRound, Round>("/rounds", round, idempotencyKey: Guid.NewGuid().ToString(), cancellationToken: cancellationToken);

    public async Task<Round?> FindAsync(long id, CancellationToken cancellationToken)
    {
        try
        {
            return await backend.GetAsync<Round>($"/rounds/{id}", cancellationToken: cancellationToken);
        }
        catch (BackendException missing) when (missing.LastStatus == HttpStatusCode.NotFound)
        {
            return null;
        }
    }

    public async Task<Round[]> HistoryAsync(string? player, CancellationToken cancellationToken) =>
        await backend.GetAsync<Round[]>($"/rounds?take=20{(player is null ? "" : $"&player={Uri.EscapeDataString(player)}")}", cancellationToken: cancellationToken) ?? [];

    public async Task<Standing[]> LeaderboardAsync(CancellationToken cancellationToken) =>
        await backend.GetAsync<Standing[]>("/leaderboard", cancellationToken: cancellationToken) ?? [];
}

using Resilience.Client;

namespace Worker;

public sealed record Standing(string Player, int Played, int Wins, int Score);

/// <summary>All that this program knows about the Api.</summary>
public sealed class ApiClient(BackendClient backend)
{
    public async Task<Standing[]> LeaderboardAsync(CancellationToken cancellationToken) =>
        await backend.GetAsync<Standing[]>("/leaderboard", cancellationToken: cancellationToken) ?? [];
}

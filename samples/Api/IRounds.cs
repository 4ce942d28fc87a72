namespace Api;

/// <summary>Rounds, and the standings that follow from them. Safe for use by many threads.</summary>
public interface IRounds
{
    /// <summary>Stores a round, or answers the one stored under the same key before.</summary>
    Task<Round> PlayAsync(string player, string move, string house, string? key);

    Task<Round?> FindAsync(long id);

    /// <summary>The newest rounds first; everybody's when no player is named.</summary>
    Task<IReadOnlyList<Round>> HistoryAsync(string? player, int take);

    Task<IReadOnlyList<Standing>> LeaderboardAsync();
}

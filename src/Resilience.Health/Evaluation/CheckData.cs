namespace Resilience.Health;
internal static class CheckData
{
    public static IReadOnlyDictionary<string, object?> Clean(IReadOnlyDictionary<string, object> data) => data.ToDictionary(pair => pair.Key, pair => (object?)pair.Value);
}

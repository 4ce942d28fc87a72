using Microsoft.AspNetCore.Http;

namespace Resilience.Health.AspNetCore;

/// <summary>A path as a request has it, and who answers.</summary>
internal sealed record PathEntry(string FullPath, HealthSite Site, HealthPath Path);

/// <summary>Finds paths whatever their case, with a slash at the end or without, and allocates nothing. Never changes; of two that are the same the first counts.</summary>
internal sealed class PathTable
{
    private readonly Dictionary<string, PathEntry> _entries = new(StringComparer.OrdinalIgnoreCase);
    private readonly Dictionary<string, PathEntry>.AlternateLookup<ReadOnlySpan<char>> _lookup;

    public PathTable(IEnumerable<PathEntry> entries)
    {
        foreach (var entry in entries)
            _entries.TryAdd(entry.FullPath, entry);
        _lookup = _entries.GetAlternateLookup<ReadOnlySpan<char>>();
    }

    public PathTable With(IEnumerable<PathEntry> more) => new(_entries.Values.Concat(more));

    public PathEntry? Find(PathString path)
    {
        var text = path.Value.AsSpan();
        return _lookup.TryGetValue(text is [.. var start, '/'] ? start : text, out var found) ? found : null;
    }
}

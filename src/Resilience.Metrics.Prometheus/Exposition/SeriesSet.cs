namespace Resilience.Metrics.Prometheus;

/// <summary>The label sets that a family has shown already in one scrape. A second series with the same labels makes Prometheus refuse or lose samples.</summary>
internal sealed class SeriesSet : IDisposable
{
    private readonly Utf8Buffer _labels = new();
    private readonly List<(int Start, int Length, int Next)> _entries = [];
    private int[] _heads = new int[256];

    public void Clear()
    {
        _labels.Clear();
        _entries.Clear();
        Array.Clear(_heads);
    }

    /// <returns>Whether it is new.</returns>
    public bool Add(ReadOnlySpan<byte> labels)
    {
        var hash = Hash(labels);
        for (var at = _heads[hash & (_heads.Length - 1)]; at > 0; at = _entries[at - 1].Next)
        {
            if (Labels(at - 1).SequenceEqual(labels))
                return false;
        }

        _entries.Add((_labels.Length, labels.Length, 0));
        _labels.Append(labels);
        if (_entries.Count > _heads.Length)
            Grow();
        else
            Link(_entries.Count - 1, hash);
        return true;
    }

    public void Dispose() => _labels.Dispose();

    private void Grow()
    {
        _heads = new int[_heads.Length * 4];
        for (var at = 0; at < _entries.Count; at++)
            Link(at, Hash(Labels(at)));
    }

    private void Link(int at, int hash)
    {
        ref var head = ref _heads[hash & (_heads.Length - 1)];
        _entries[at] = _entries[at] with { Next = head };
        head = at + 1;
    }

    private ReadOnlySpan<byte> Labels(int at) => _labels.Span.Slice(_entries[at].Start, _entries[at].Length);

    private static int Hash(ReadOnlySpan<byte> labels)
    {
        var hash = new HashCode();
        hash.AddBytes(labels);
        return hash.ToHashCode();
    }
}

namespace Resilience.Metrics.Prometheus;

/// <summary>The label sets that a family has shown already in one scrape: Prometheus takes one series for labels. Their bytes are in the buffer given, the places kept for the next scrape.</summary>
internal sealed class SeriesSet
{
    private readonly List<(int Start, int Length, int Next)> _entries = [];
    private int[] _heads = new int[256]; // A power of two. Places in the list from 1; 0 is none.

    public void Clear(Utf8Buffer shown)
    {
        shown.Clear();
        _entries.Clear();
        Array.Clear(_heads);
    }

    /// <returns>Whether it is new.</returns>
    public bool Add(Utf8Buffer shown, ReadOnlySpan<byte> labels)
    {
        var hash = Hash(labels);
        for (var at = _heads[hash & (_heads.Length - 1)]; at > 0; at = _entries[at - 1].Next)
        {
            if (Labels(shown, at - 1).SequenceEqual(labels))
                return false;
        }

        _entries.Add((shown.Length, labels.Length, 0));
        shown.Append(labels);
        if (_entries.Count > _heads.Length)
            Grow(shown);
        else
            Link(_entries.Count - 1, hash);
        return true;
    }

    private void Grow(Utf8Buffer shown)
    {
        _heads = new int[_heads.Length * 4];
        for (var at = 0; at < _entries.Count; at++)
            Link(at, Hash(Labels(shown, at)));
    }

    private void Link(int at, int hash)
    {
        ref var head = ref _heads[hash & (_heads.Length - 1)];
        _entries[at] = _entries[at] with { Next = head };
        head = at + 1;
    }

    private ReadOnlySpan<byte> Labels(Utf8Buffer shown, int at) => shown.Span.Slice(_entries[at].Start, _entries[at].Length);

    private static int Hash(ReadOnlySpan<byte> labels)
    {
        var hash = new HashCode();
        hash.AddBytes(labels);
        return hash.ToHashCode();
    }
}

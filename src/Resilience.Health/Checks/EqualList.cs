using System.Collections;
using System.Runtime.CompilerServices;

namespace Resilience.Health;

/// <summary>A list that is equal to another one with the same items in the same order, so that records which hold one compare as they look.</summary>
[CollectionBuilder(typeof(EqualList), nameof(EqualList.Create))]
internal readonly struct EqualList<T>(T[] items) : IEquatable<EqualList<T>>, IReadOnlyList<T>
{
    private readonly T[] _items = items;

    public int Count => _items?.Length ?? 0;

    public T this[int index] => _items[index];

    public bool Equals(EqualList<T> other) => this.SequenceEqual(other);

    public override bool Equals(object? obj) => obj is EqualList<T> other && Equals(other);

    public override int GetHashCode() => this.Aggregate(Count, HashCode.Combine);

    public IEnumerator<T> GetEnumerator() => ((IEnumerable<T>)(_items ?? [])).GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}

internal static class EqualList
{
    public static EqualList<T> Create<T>(ReadOnlySpan<T> items) => new(items.ToArray());
}

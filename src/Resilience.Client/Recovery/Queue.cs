namespace Resilience.Client;

/// <summary>
/// The calls that wait for a backend, or for a place at one. The newest goes first: its caller is the likeliest to be still there. Served in the order in
/// which they came, all calls of an overload are late; so, few are. A call that has been sent before queues at the end.
/// Not thread-safe: the lock of <see cref="Entrance"/> covers it, but for <see cref="Count"/> and <see cref="IsEmpty"/>. Who is taken off it
/// is no longer in it when he hears of it, which is never under that lock's feet: continuations run elsewhere.
/// </summary>
internal sealed class Queue(ConcurrencyLimit limit)
{
    private readonly LinkedList<Waiter> _waiting = new(); // The newest first.
    private int _count;
    private bool _isNewestsTurn;

    public int Count => Volatile.Read(ref _count);

    public bool IsEmpty => Count == 0;

    /// <summary>Whether nobody waits who would wait for long: see <see cref="Waiter.IsHasty"/>.</summary>
    public bool IsHastyOnly => _waiting.All(waiter => waiter.IsHasty);

    /// <summary>Whether letting somebody in would tell anything new, or nobody waits.</summary>
    public bool IsWorthATrial(TimeSpan now) => IsEmpty || _waiting.Any(waiter => waiter.IsRipe(now));

    public void Add(Waiter waiter)
    {
        waiter.Place = waiter.HasTried ? _waiting.AddLast(waiter) : _waiting.AddFirst(waiter);
        // A full fence: who gives a place back either sees this waiter, or has given it back before we look for one.
        Interlocked.Exchange(ref _count, _waiting.Count);
    }

    /// <returns>Whether it was still in it.</returns>
    public bool Remove(Waiter waiter)
    {
        if (waiter.Place is not { } place)
            return false;
        _waiting.Remove(place);
        waiter.Place = null;
        Volatile.Write(ref _count, _waiting.Count);
        return true;
    }

    public List<Waiter> TakeAll() => Take(static _ => true);

    public List<Waiter> TakeHasty() => Take(static waiter => waiter.IsHasty);

    /// <summary>Lets calls in for as long as there are places, and the ramp has room.</summary>
    public void LetIn(Epoch epoch, TimeSpan now)
    {
        while (_waiting.First is { } newest && (epoch.IsUp || epoch.Ramp.HasRoom) && limit.TryEnter(epoch.Places))
        {
            if (!epoch.IsUp)
                epoch.Ramp.Enter();
            LetIn(epoch.IsUp || epoch.Ramp.Succeeded > 0 ? newest.Value : Best(now), epoch);
        }
    }

    /// <summary>Lets the one in whose failure would tell most and cost least, if there is anybody.</summary>
    public void LetBestIn(Epoch epoch, TimeSpan now)
    {
        if (IsEmpty)
            return;
        epoch.Places.Take();
        LetIn(Best(now), epoch);
    }

    private void LetIn(Waiter waiter, Epoch epoch)
    {
        Remove(waiter);
        waiter.TrySetResult(new(epoch));
    }

    // The first one in should be one that may fail, and that has not failed before. Of those the oldest and the newest take turns: new ones may all be of the kind that fails, and the
    // oldest may have no time left to tell anything.
    private Waiter Best(TimeSpan now)
    {
        var isNewest = _isNewestsTurn;
        _isNewestsTurn = !isNewest;
        var place = isNewest ? _waiting.First : _waiting.Last;
        var best = place!.Value; // Asked for only while there is one.
        for (; place is not null && best.Merit(now) != Waiter.BestMerit; place = isNewest ? place.Next : place.Previous)
        {
            if (place.Value.Merit(now) > best.Merit(now))
                best = place.Value;
        }

        return best;
    }

    private List<Waiter> Take(Func<Waiter, bool> isWanted)
    {
        var taken = _waiting.Where(isWanted).ToList();
        taken.ForEach(waiter => Remove(waiter));
        return taken;
    }
}

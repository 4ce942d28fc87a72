namespace Resilience.Client;

/// <summary>
/// The calls that wait for a backend, in the order in which they came. Not thread-safe: the lock of <see cref="Recovery"/> covers it. Who is taken off it
/// is no longer in it when he hears of it, which is never under that lock's feet: continuations run elsewhere.
/// </summary>
internal sealed class Queue
{
    private readonly LinkedList<Waiter> _waiting = new();

    public int Count => _waiting.Count;

    /// <summary>Whether nobody waits who would wait for long: see <see cref="Waiter.IsHasty"/>.</summary>
    public bool IsHastyOnly => _waiting.All(waiter => waiter.IsHasty);

    /// <summary>Whether letting somebody in would tell anything new, or nobody waits.</summary>
    public bool IsWorthATrial(TimeSpan now) => Count == 0 || _waiting.Any(waiter => waiter.IsRipe(now));

    public void Add(Waiter waiter) => waiter.Place = _waiting.AddLast(waiter);

    /// <returns>Whether it was still in it.</returns>
    public bool Remove(Waiter waiter)
    {
        if (waiter.Place is not { } place)
            return false;
        _waiting.Remove(place);
        waiter.Place = null;
        return true;
    }

    public List<Waiter> TakeAll() => Take(static _ => true);

    public List<Waiter> TakeHasty() => Take(static waiter => waiter.IsHasty);

    /// <summary>Lets calls in for as long as the ramp has room.</summary>
    public void LetIn(Epoch epoch, TimeSpan now)
    {
        while (epoch.Ramp.HasRoom && _waiting.First is { } first)
        {
            epoch.Ramp.Enter();
            LetIn(epoch.Ramp.Succeeded == 0 ? Best(now) : first.Value, epoch);
        }
    }

    /// <summary>Lets the one in whose failure would tell most and cost least, if there is anybody.</summary>
    public void LetBestIn(Epoch epoch, TimeSpan now)
    {
        if (_waiting.Count > 0)
            LetIn(Best(now), epoch);
    }

    private void LetIn(Waiter waiter, Epoch epoch)
    {
        Remove(waiter);
        waiter.TrySetResult(new(epoch));
    }

    // The first one in should be one that may fail, and that has not failed before.
    private Waiter Best(TimeSpan now)
    {
        var best = _waiting.First!.Value; // Asked for only while there is one.
        foreach (var waiter in _waiting)
        {
            if (waiter.Merit(now) > best.Merit(now))
                best = waiter;
            if (best.Merit(now) == Waiter.BestMerit)
                break;
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

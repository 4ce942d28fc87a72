namespace Resilience.Client;

/// <summary>Comes back to those who wait where nobody else may: no call that comes, and no attempt that ends. Carries the context of no call.</summary>
internal static class Caretaker
{
    /// <summary>Looks after those who wait for places, for as long as there are any.</summary>
    public static void Watch(Backend backend, Epoch up) => ThreadPool.UnsafeQueueUserWorkItem(static async watch =>
    {
        while (watch.Backend.Entrance.LookAfterPlaces(watch.Up, lasts: await watch.Up.LastsAsync(ProbeSchedule.Patience, watch.Backend.Clock).ConfigureAwait(false)))
        {
        }
    }, (Backend: backend, Up: up), preferLocal: false);

    /// <summary>Ends a ramp's rest.</summary>
    public static void GoOn(Backend backend, Epoch probing, TimeSpan after) => ThreadPool.UnsafeQueueUserWorkItem(static async rest =>
    {
        if (await rest.Probing.LastsAsync(rest.After, rest.Backend.Clock).ConfigureAwait(false))
            rest.Backend.Recovery.GoOn(rest.Probing);
    }, (Backend: backend, Probing: probing, After: after), preferLocal: false);
}

namespace Resilience.Client;

/// <summary>
/// Many times what is usual has been sent to a backend, and nothing comes back: its health path is asked. Where that keeps silent as well the backend is halted, and once it goes on
/// it would answer first what it was sent meanwhile, to callers who may be gone: so it is sent no more until few are under way. Where it is answered, only the calls take long, and nothing is held back.
/// </summary>
internal static class HaltCheck
{
    // Carries the context of no call.
    public static void Begin(Backend backend, Epoch up) =>
        ThreadPool.UnsafeQueueUserWorkItem(static check => _ = RunAsync(check.Backend, check.Up), (Backend: backend, Up: up), preferLocal: false);

    private static async Task RunAsync(Backend backend, Epoch up)
    {
        var (began, time) = (backend.Clock.Now, backend.Limit.TimeForHealth);
        var answer = backend.Recovery.AskAsync(up);
        await ((Task)answer).WaitAsync(time, backend.Clock.Time).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (answer.IsCompletedSuccessfully && answer.Result != ProbeAnswer.Silent)
            return;
        if (backend.Clock.Now - began > 2 * time || !backend.Entrance.HoldHalted(up))
            return; // It is we who come to nothing, or the backend does answer.
        for (; backend.Limit.ListensOn(up.Places); began = backend.Clock.Now)
        {
            var said = await backend.Recovery.AskAsync(up).ConfigureAwait(false);
            var took = backend.Clock.Now - began;
            // What is answered may be the first that it says now that it goes on.
            if (!await up.LastsAsync(ProbeSchedule.Patience + time, backend.Clock).ConfigureAwait(false))
                return;
            if (said != ProbeAnswer.Silent)
                backend.Limit.EndHalt(up.Places, took);
        }
    }
}

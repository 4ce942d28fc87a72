using System.Runtime.InteropServices;

namespace Worker;

/// <summary>Trouble on demand, for the demo only: SIGUSR1 deadlocks the loop, SIGUSR2 starves the thread pool. Both for good. The numbers are Linux'.</summary>
public sealed class Faults : IDisposable
{
    private readonly PosixSignalRegistration _deadlock, _starve;
    private volatile bool _isDeadlocked;

    public Faults(ILogger<Faults> logger)
    {
        _deadlock = On(10, "the loop is deadlocked", () => _isDeadlocked = true);
        _starve = On(12, "the thread pool is starved", Starve);

        PosixSignalRegistration On(int signal, string what, Action strike) => PosixSignalRegistration.Create((PosixSignal)signal, context =>
        {
            context.Cancel = true; // else it ends the process
            logger.LogWarning("A fault of the demo: {What}.", what);
            strike();
        });
    }

    /// <summary>Where the loop gets stuck: it waits for what only its own next round would bring.</summary>
    public Task StrikeAsync() => _isDeadlocked ? new TaskCompletionSource().Task : Task.CompletedTask;

    public void Dispose()
    {
        _deadlock.Dispose();
        _starve.Dispose();
    }

    // The pool adds one or two threads a second, and each gets stuck like those before it.
    private static void Starve()
    {
        for (var i = 0; i < 1_000; i++) ThreadPool.QueueUserWorkItem(_ => Thread.Sleep(Timeout.Infinite));
    }
}

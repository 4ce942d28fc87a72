using System.Globalization;
using Microsoft.Extensions.DependencyInjection;

namespace Resilience.Health;

/// <summary>
/// Runs one check, never twice at once, and never waits for it past its deadline. What keeps on running then holds up only itself: its
/// next runs are timeouts until it has ended, and what it says late is discarded.
/// </summary>
internal sealed class CheckRunner(
    HealthCheckRegistration registration, IServiceScopeFactory scopes, SemaphoreSlim? slots, SemaphoreSlim? threads, TimeProvider time)
{
    // What has taken so long and has handed back its thread only waits for an answer: others may run meanwhile, so that many that hang hold up nobody.
    private static readonly TimeSpan Working = TimeSpan.FromMilliseconds(500);

    private Task? _overdue;
    private long _overdueSince;
    private volatile bool _isWaiting;

    private HealthStatus Failure => registration.FailureStatus;

    /// <param name="timeout">When it is given up.</param>
    /// <param name="isAwaited">Whether somebody waits for it, so that it needs no place among the runs at a time: only until it has handed back its thread, of which there are not many either.</param>
    /// <param name="stopping">The host stops.</param>
    /// <returns>What it came to. Throws only <see cref="OperationCanceledException"/>, when the host stops, and what the clock throws.</returns>
    public async Task<RunResult> RunAsync(TimeSpan timeout, bool isAwaited, CancellationToken stopping)
    {
        if (_overdue is { IsCompleted: false })
            return TimedOut("An earlier run has not ended yet", timeout, time.GetElapsedTime(_overdueSince));
        _overdue = null;

        var places = isAwaited ? threads : slots;
        if (places is null) // What decides liveness waits for nobody.
            return await RunWithinDeadlineAsync(timeout, () => { }, () => { }, stopping).ConfigureAwait(false);

        await places.WaitAsync(stopping).ConfigureAwait(false);
        var held = 1;
        try
        {
            return await RunWithinDeadlineAsync(timeout, Release, isAwaited ? Release : () => { }, stopping).ConfigureAwait(false);
        }
        finally
        {
            Release();
        }

        void Release()
        {
            if (Interlocked.Exchange(ref held, 0) == 1)
                places.Release();
        }
    }

    private async Task<RunResult> RunWithinDeadlineAsync(TimeSpan timeout, Action release, Action threadIsBack, CancellationToken stopping)
    {
        // Not linked to the stop's, which would keep it for as long as the host runs. Not disposed: a run given up may still look at its token.
        var cancellation = new CancellationTokenSource();
        var started = time.GetTimestamp();
        // On the pool, because a factory or a check may block before it first awaits.
        var run = Task.Run(() => InvokeAsync(started, threadIsBack, cancellation.Token), CancellationToken.None);
        (_overdue, _overdueSince) = (run, started);

        await ((Task)run).WaitAsync(timeout < Working ? timeout : Working, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!run.IsCompleted && _isWaiting)
            release();
        var left = timeout - time.GetElapsedTime(started);
        if (!run.IsCompleted && left > TimeSpan.Zero)
            await ((Task)run).WaitAsync(left, time, stopping).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        if (!run.IsCompleted)
        {
            _ = CancelAsync(cancellation);
            stopping.ThrowIfCancellationRequested();
            return TimedOut("It has not ended", timeout, time.GetElapsedTime(started));
        }

        stopping.ThrowIfCancellationRequested();
        var result = await run.ConfigureAwait(false);
        return result.Latency <= timeout ? result : TimedOut("It ended too late", timeout, result.Latency);
    }

    private async Task<RunResult> InvokeAsync(long started, Action threadIsBack, CancellationToken cancellationToken)
    {
        string? error = CheckErrors.NotCreated;
        _isWaiting = false;
        try
        {
            RunResult result;
            var scope = scopes.CreateAsyncScope();
            await using (scope.ConfigureAwait(false))
            {
                var check = registration.Factory(scope.ServiceProvider) ?? throw new InvalidOperationException("The registration's factory returned null.");
                error = null;
                var saying = check.CheckHealthAsync(new() { Registration = registration }, cancellationToken);
                _isWaiting = true;
                threadIsBack();
                var said = await saying.ConfigureAwait(false);
                result = RunResult.Of(said, Failure, time.GetElapsedTime(started));
            }

            return result;
        }
        catch (Exception e)
        {
            return RunResult.Threw(e, Failure, error, time.GetElapsedTime(started));
        }
    }

    // On the pool: what is registered on the token is the check's, and may block or throw.
    private static async Task CancelAsync(CancellationTokenSource cancellation) =>
        await cancellation.CancelAsync().ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);

    private RunResult TimedOut(string how, TimeSpan timeout, TimeSpan latency) => RunResult.TimedOut(Failure,
        string.Create(CultureInfo.InvariantCulture, $"{how} after {latency.TotalSeconds:0.###} s; its timeout is {timeout.TotalSeconds:0.###} s."), latency);
}

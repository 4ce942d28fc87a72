namespace Resilience.Hosting;

/// <summary>
/// How often systemd has restarted this process' unit by itself. It is asked once, when somebody first wants to know, beside everything else: it tells this only to who asks. Safe for use by many threads.
/// </summary>
/// <param name="askAsync">Asks it.</param>
/// <param name="log">Where it goes why there is no answer.</param>
internal sealed class UnitRestarts(Func<Task<long>> askAsync, NotifyLog log)
{
    private int _isAsked;
    private volatile Task<long?>? _answer;

    /// <summary>The number; null until it is there, and where it cannot be told. Never waits.</summary>
    public long? Count
    {
        get
        {
            if (Interlocked.Exchange(ref _isAsked, 1) == 0)
                _answer = Task.Run(AskAsync);
            return _answer is { IsCompletedSuccessfully: true } answer ? answer.Result : null;
        }
    }

    private async Task<long?> AskAsync()
    {
        try
        {
            return await askAsync().ConfigureAwait(false);
        }
        catch (Exception e) // No systemctl, no bus, no right to ask.
        {
            log.RestartsUnknown(e.Message);
            return null;
        }
    }
}

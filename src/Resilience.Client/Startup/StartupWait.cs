namespace Resilience.Client;

/// <summary>
/// The wait for a backend that the start needs, from the host's start, or the first call, until the first sign of it: since when it is
/// asked, and what was heard last. Thread-safe.
/// </summary>
internal sealed class StartupWait
{
    /// <summary>The tag of a check that makes its backend awaited. A word of ours and of Resilience.Health, which this package does not know; the platform has none.</summary>
    public const string Tag = "startup";

    /// <summary>The code before the first answer.</summary>
    public const string NotRun = "not_run";

    private const long NotBegun = -1;

    private long _began = NotBegun;
    private volatile Tuple<Outcome>? _last; // In one piece for those who read it.
    private volatile TaskCompletionSource _news = NewSource();

    /// <summary>When it was asked first. Only once begun.</summary>
    public TimeSpan Began => TimeSpan.FromTicks(Volatile.Read(ref _began));

    /// <summary>Whether the log says that it is waited for. The probe's only, which is never there twice.</summary>
    public bool IsAnnounced { get; set; }

    public string Cause => _last is { } last ? $"it has not answered yet: {last.Item1.Describe()}" : "it has not been heard of yet";

    public string Code => _last?.Item1.Code ?? NotRun;

    public bool HasHeard => _last is not null;

    /// <summary>Waiting does not mend it: calls need not wait either.</summary>
    public bool IsHopeless => _last?.Item1.Kind == FailureKind.Certificate;

    /// <summary>Ends with the next answer, or when it is over. To be asked for before looking at the backend's epoch.</summary>
    public Task News => _news.Task;

    /// <returns>Whether this is the first time.</returns>
    public bool TryBegin(TimeSpan now) => Interlocked.CompareExchange(ref _began, now.Ticks, NotBegun) == NotBegun;

    public void Hear(Outcome outcome) => _last = new(outcome);

    /// <summary>After what the news are about.</summary>
    public void Tell()
    {
        var news = _news;
        _news = NewSource();
        news.TrySetResult();
    }

    private static TaskCompletionSource NewSource() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}

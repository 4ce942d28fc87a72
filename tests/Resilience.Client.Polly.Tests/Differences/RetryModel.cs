namespace Resilience.Client.Polly.Tests.Differences;

/// <summary>What one call is, and what its attempts meet with, the last for good.</summary>
internal sealed record RetryCall(bool IsPost, IReadOnlyList<RetryCall.Meets> Endings)
{
    public Meets At(int attempt) => Endings[Math.Min(attempt, Endings.Count - 1)];

    internal sealed record Meets(RetryEnding With, int? RetryAfter);
}

internal enum RetryEnding
{
    Ok,
    Missing,
    Unavailable,
    TooMany,
    Cut,
    Refused,
    NotHttp,
}

/// <summary>When a call is sent, written down anew: with no rule as Polly would, with all of them as we do.</summary>
internal sealed class RetryModel(RetryRule rules, TimeSpan deadline)
{
    private const int MaxRetries = 3;
    private static readonly TimeSpan BaseDelay = TimeSpan.FromMilliseconds(200);
    private static readonly TimeSpan Slot = TimeSpan.FromMilliseconds(500); // A twentieth of the budget's window.
    private readonly List<long> _calls = [], _retries = [], _returned = [];
    private TimeSpan _taken;

    /// <summary>When its attempts are sent.</summary>
    /// <param name="call">The call.</param>
    /// <param name="began">When it begins.</param>
    /// <param name="draw">What jitter draws.</param>
    public List<TimeSpan> Run(RetryCall call, TimeSpan began, double draw)
    {
        var sent = new List<TimeSpan> { began };
        _calls.Add(began.Ticks / Slot.Ticks);
        for (var now = began; ; sent.Add(now))
        {
            var (with, retryAfter) = call.At(sent.Count - 1);
            if (with is (RetryEnding.Ok or RetryEnding.Missing) && sent.Count > 1 && now - _taken < 19 * Slot)
                _returned.Add(_taken.Ticks / Slot.Ticks); // A retry that was of use is not charged.
            var mayBeRepeated = with switch
            {
                RetryEnding.Ok or RetryEnding.Missing => false,
                RetryEnding.NotHttp => !Has(RetryRule.PermanentEndsIt),
                RetryEnding.Refused => !Has(RetryRule.DownIsNotRetried),
                _ => !call.IsPost || !Has(RetryRule.UnsafeIsSentOnce),
            };
            var delay = BaseDelay * Math.Pow(2, sent.Count - 1) * (Has(RetryRule.FullJitter) ? draw : 1);
            if (Has(RetryRule.RetryAfterIsHeard) && retryAfter is { } asked && TimeSpan.FromSeconds(asked) > delay)
                delay = TimeSpan.FromSeconds(asked);
            if (!mayBeRepeated || sent.Count > MaxRetries || Has(RetryRule.DelayFitsTheDeadline) && now + delay >= began + deadline || Has(RetryRule.BudgetIsSpent) && !TryTake(now))
                return sent;
            now += TimeSpan.FromMilliseconds(Math.Floor(delay.TotalMilliseconds)); // The platform's delays are of whole milliseconds.
        }
    }

    private bool Has(RetryRule rule) => rules.HasFlag(rule);

    private bool TryTake(TimeSpan now)
    {
        var slot = now.Ticks / Slot.Ticks;
        if (3 + 0.2 * Young(_calls) - Math.Max(0, Young(_retries) - Young(_returned)) < 1)
            return false;
        _retries.Add(slot);
        _taken = now;
        return true;

        int Young(List<long> slots) => slots.Count(at => slot - at < 20);
    }
}

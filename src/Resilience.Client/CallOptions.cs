namespace Resilience.Client;

/// <summary>
/// Options of a single call, set on <see cref="HttpRequestMessage.Options"/>:
/// <c>request.Options.Set(CallOptions.Timeout, TimeSpan.FromSeconds(2))</c>. What is not set is as the backend has it.
/// </summary>
public static class CallOptions
{
    /// <summary>The deadline of this call, in place of <see cref="BackendOptions.Timeout"/>. More than 0, at most 1 hour; otherwise the call throws <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> Timeout = new("Resilience.Timeout");

    /// <summary>In place of <see cref="BackendOptions.AttemptTimeout"/>. More than 0, at most 1 hour; otherwise the call throws <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static readonly HttpRequestOptionsKey<TimeSpan> AttemptTimeout = new("Resilience.AttemptTimeout");

    /// <summary>In place of <see cref="RetryOptions.MaxRetries"/>; 0 for none. Not negative; otherwise the call throws <see cref="ArgumentOutOfRangeException"/>.</summary>
    public static readonly HttpRequestOptionsKey<int> MaxRetries = new("Resilience.MaxRetries");

    /// <summary>Whether this request may be sent again after it may have arrived, whatever its method and headers say.</summary>
    public static readonly HttpRequestOptionsKey<bool> SafeToSendAgain = new("Resilience.SafeToSendAgain");

    /// <summary>In place of <see cref="RecoveryOptions.WhenDown"/>.</summary>
    public static readonly HttpRequestOptionsKey<WhenDown> WhenDown = new("Resilience.WhenDown");

    /// <summary>
    /// Reads the response's body inside the attempt, up to <see cref="BackendOptions.MaxResponseBody"/>, so that a connection cut within
    /// the body is retried too. <see cref="BackendClient"/> always does.
    /// </summary>
    public static readonly HttpRequestOptionsKey<bool> ReadBody = new("Resilience.ReadBody");

    // What a call took, for who made the request: the response cannot carry it.
    private static readonly HttpRequestOptionsKey<(int Attempts, TimeSpan Elapsed)> Spent = new("Resilience.Spent");

    internal static void Spend(HttpRequestMessage request, int attempts, TimeSpan elapsed) => request.Options.Set(Spent, (attempts, elapsed));

    internal static (int Attempts, TimeSpan Elapsed) SpentOn(HttpRequestMessage request) =>
        request.Options.TryGetValue(Spent, out var spent) ? spent : (1, TimeSpan.Zero);

    internal static Settings Apply(Settings settings, HttpRequestMessage request)
    {
        if (RequestOptions.HasAny(request))
            settings = Override(settings, request.Options);
        return CallDeadline.Left is { } left && left < settings.Timeout ? settings with { Timeout = left } : settings;
    }

    private static Settings Override(Settings settings, HttpRequestOptions options)
    {
        if (options.TryGetValue(Timeout, out var timeout))
            settings = settings with { Timeout = Positive(timeout, Timeout.Key) };
        if (options.TryGetValue(AttemptTimeout, out var attemptTimeout))
            settings = settings with { AttemptTimeout = Positive(attemptTimeout, AttemptTimeout.Key) };
        if (options.TryGetValue(MaxRetries, out var maxRetries))
        {
            ArgumentOutOfRangeException.ThrowIfNegative(maxRetries, MaxRetries.Key);
            settings = settings with { MaxRetries = maxRetries };
        }

        if (options.TryGetValue(SafeToSendAgain, out var safe))
            settings = settings with { SafeToSendAgain = safe };
        if (options.TryGetValue(WhenDown, out var whenDown))
            settings = settings with { WhenDown = whenDown };
        if (options.TryGetValue(ReadBody, out var readBody))
            settings = settings with { ReadBody = readBody };
        return settings;
    }

    private static TimeSpan Positive(TimeSpan value, string key)
    {
        ArgumentOutOfRangeException.ThrowIfLessThanOrEqual(value, TimeSpan.Zero, key);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value, TimeSpan.FromHours(1), key);
        return value;
    }
}

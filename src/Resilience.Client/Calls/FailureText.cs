using System.Globalization;

namespace Resilience.Client;

/// <summary>The message of an exception: backend, reason, attempts, time spent, the setting to change.</summary>
internal static class FailureText
{
    public static string Of(Backend backend, Call call, BackendFailureReason reason, TimeSpan elapsed)
    {
        var settings = call.Settings;
        var key = $"Backends:{backend.Name}:";
        var (what, fix) = reason switch
        {
            BackendFailureReason.Unavailable when call.Outcome.Verdict == Verdict.Transient && backend.Epoch.IsUp =>
                ($"did not answer: {Cause(backend, call)}", Retries(call, key)),
            BackendFailureReason.Unavailable when backend.Entrance.IsStopping => ($"is unavailable ({backend.Epoch.Cause}), and the host is stopping", "nothing to change"),
            BackendFailureReason.Unavailable when settings.WhenDown == WhenDown.FailFast =>
                ($"is down: {Cause(backend, call)}", $"set {key}Recovery:WhenDown to Wait to wait for its return"),
            BackendFailureReason.Unavailable =>
                ($"stayed unavailable: {Cause(backend, call)}", $"check {key}Address ({Authority(settings)}); calls wait as long as {key}Timeout ({Seconds(settings.Timeout)})"),
            BackendFailureReason.CircuitOpen => ($"is down: {backend.Epoch.Cause}", $"set {key}Recovery:WhenDown to Wait to wait for its return"),
            BackendFailureReason.Isolated => ($"was taken out of service: {backend.Epoch.Cause}", "IBackends[name].Restore() puts it back"),
            BackendFailureReason.Overloaded =>
                ($"is overloaded: {backend.Limit.Cause}",
                    settings.Concurrency == ConcurrencyMode.Adaptive
                        ? $"give it more capacity or fewer calls; see {key}Concurrency:Min ({settings.MinConcurrency}) and {key}Concurrency:Max ({settings.MaxConcurrency})"
                        : $"give it more capacity or fewer calls, or raise {key}Concurrency:Max ({settings.MaxConcurrency})"),
            BackendFailureReason.TooManyWaiting when backend.Epoch.IsUp =>
                ("is overloaded and too many calls wait for a place", $"see {key}Recovery:MaxWaiting ({settings.MaxWaiting})"),
            BackendFailureReason.TooManyWaiting =>
                ($"is down ({backend.Epoch.Cause}) and too many calls wait for it", $"see {key}Recovery:MaxWaiting ({settings.MaxWaiting})"),
            BackendFailureReason.DeadlineExceeded =>
                ("did not answer before the call's deadline", $"see {key}Timeout ({Seconds(settings.Timeout)})"),
            BackendFailureReason.AttemptTimeout =>
                ("did not answer in time", $"see {key}AttemptTimeout ({Seconds(settings.AttemptTimeout)})"),
            BackendFailureReason.ConnectionLost =>
                ("broke the connection after the request may have arrived",
                    call.MayArriveTwice
                        ? Retries(call, key)
                        : $"{call.Method} is sent again only with an Idempotency-Key header or {key}Retry:UnsafeMethods=Always"),
            BackendFailureReason.SecureConnection => ("offers no secure connection that is trusted", $"check its certificate against {key}Address"),
            BackendFailureReason.InvalidResponse => ("answered something that is not valid HTTP", $"check that {key}Address speaks HTTP"),
            BackendFailureReason.ResponseTooLarge =>
                ("answered more than is allowed", $"see {key}MaxResponseBody ({settings.MaxResponseBody} bytes) and the handler's MaxResponseHeadersLength"),
            _ => ("cannot be talked to", "see the inner exception"),
        };
        return string.Create(CultureInfo.InvariantCulture,
            $"Backend '{backend.Name}' {what}. {call.Attempts} {(call.Attempts == 1 ? "attempt" : "attempts")}, gave up after {Seconds(elapsed)}; {fix}.");
    }

    /// <summary>Why the call failed, as a clause.</summary>
    public static string Cause(Backend backend, Call call, BackendFailureReason reason) =>
        reason is BackendFailureReason.Overloaded or BackendFailureReason.TooManyWaiting && backend.Epoch.IsUp ? backend.Limit.Cause : Cause(backend, call);

    private static string Retries(Call call, string key) => call.Withheld == Withheld.Budget
        ? string.Create(
            CultureInfo.InvariantCulture,
            $"the retry budget of all calls is spent, see {key}Budget:Floor ({call.Settings.BudgetFloor}) and {key}Budget:Ratio ({call.Settings.BudgetRatio})")
        : $"see {key}Retry:MaxRetries ({call.Settings.MaxRetries})";

    // A path may hold what is nobody's business.
    private static string Authority(Settings settings) => settings.Address.GetLeftPart(UriPartial.Authority);

    /// <summary>What the call met with last, as a clause.</summary>
    private static string Cause(Backend backend, Call call) =>
        call.Attempts > 0 ? call.Outcome.Describe() : backend.Epoch is { IsUp: false } epoch ? epoch.Cause : "no time was left for an attempt";

    public static string OfBody(Backend backend, Settings settings, BackendFailureReason reason) => reason switch
    {
        BackendFailureReason.DeadlineExceeded =>
            $"Backend '{backend.Name}' did not finish the response's body in time; see Backends:{backend.Name}:Timeout ({Seconds(settings.Timeout)}).",
        BackendFailureReason.ResponseTooLarge =>
            $"Backend '{backend.Name}' answered more than HttpClient.MaxResponseContentBufferSize allows.",
        _ => $"Backend '{backend.Name}' broke the connection within the response's body; with CallOptions.ReadBody or BackendClient it is fetched again.",
    };

    public static string Seconds(TimeSpan time) => string.Create(CultureInfo.InvariantCulture, $"{time.TotalSeconds:0.###} s");
}

using System.Globalization;
using System.Net;

namespace Resilience.Client;

/// <summary>
/// What one backend logs: a line per change of state, nothing per call that succeeds, and of those that fail one line per reason in ten seconds. Never throws: a
/// logger that fails must not fail calls, nor stop the probe.
/// </summary>
internal sealed partial class BackendLog(string backend, ILogger sink)
{
    private readonly Quiet _logger = new(sink);
    private readonly LogPace _pace = new(TimeSpan.FromSeconds(10));

    public void IsDown(string cause, Settings settings) => Down(_logger, backend, settings.Address.GetLeftPart(UriPartial.Authority), cause,
        settings.WhenDown == WhenDown.Wait ? "Calls wait for its return, up to " + FailureText.Seconds(settings.Timeout) : "Calls fail until it is back");

    public void IsBack(TimeSpan after) => Back(_logger, backend, Seconds(after));

    public void IsOverloaded(string cause, int waiting) => Overloaded(_logger, backend, cause, waiting);

    public void IsOverloadedNoLonger(TimeSpan after) => OverloadedNoLonger(_logger, backend, Seconds(after));

    public void IsAwaited(string cause, Settings settings) => Awaited(_logger, backend, settings.Address.GetLeftPart(UriPartial.Authority), cause);

    public void IsThere(TimeSpan after) => There(_logger, backend, Seconds(after));

    public void Isolated(string reason) => Isolated(_logger, backend, reason);

    public void Restored() => Restored(_logger, backend);

    public void Reloaded(string changes) => Reloaded(_logger, backend, changes);

    public void ReloadFailed(string faults) => ReloadFailed(_logger, backend, faults);

    public void AnotherRetries(string handler) => AnotherRetries(_logger, backend, handler);

    public void NoProbePath(string path, int status) => NoProbePath(_logger, backend, path, status);

    public void DisposeFailed(Exception error) => DisposeFailed(_logger, backend, error.GetType().Name);

    public void ProbeFailed(Exception error) => ProbeFailed(_logger, backend, error.GetType().Name);

    /// <summary>A call ends with an exception.</summary>
    public void CallFailed(BackendFailureReason reason, int attempts, TimeSpan elapsed, string cause, TimeSpan now) => Failed(Words.Of(reason), attempts, elapsed, cause, now);

    /// <summary>A call ends with a response that tells of the backend's failure.</summary>
    public void AnsweredBadly(HttpStatusCode status, int attempts, TimeSpan elapsed, TimeSpan now) =>
        Failed(Words.Of(BackendFailureReason.Status), attempts, elapsed, string.Create(CultureInfo.InvariantCulture, $"it answers {(int)status}"), now);

    /// <summary>A call ends with the exception of a handler of the user's.</summary>
    public void HandlerFailed(int attempts, TimeSpan elapsed, string cause, TimeSpan now) => Failed(Words.Exception, attempts, elapsed, cause, now);

    public void Retries(Outcome failure, TimeSpan delay, int attempt)
    {
        if (_logger.IsEnabled(LogLevel.Debug))
            Retries(_logger, backend, attempt, failure.Describe(), Seconds(delay));
    }

    private void Failed(string reason, int attempts, TimeSpan elapsed, string cause, TimeSpan now)
    {
        if (_pace.TryTake(reason, now) is { } others)
            CallFailed(_logger, backend, reason, attempts, Seconds(elapsed), cause, others == 0 ? "" : $" So did {others} more since the last such line.");
    }

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    [LoggerMessage(1, LogLevel.Warning, "Backend {Backend} at {Address} is down: {Cause}. {Consequence}.")]
    private static partial void Down(ILogger logger, string backend, string address, string cause, string consequence);

    [LoggerMessage(2, LogLevel.Information, "Backend {Backend} is back after {Seconds} s.")]
    private static partial void Back(ILogger logger, string backend, string seconds);

    [LoggerMessage(3, LogLevel.Warning, "Backend {Backend} was taken out of service: {Reason}.")]
    private static partial void Isolated(ILogger logger, string backend, string reason);

    [LoggerMessage(4, LogLevel.Information, "Backend {Backend} was put back into service.")]
    private static partial void Restored(ILogger logger, string backend);

    [LoggerMessage(5, LogLevel.Information, "Backend {Backend} has new options: {Changes}.")]
    private static partial void Reloaded(ILogger logger, string backend, string changes);

    [LoggerMessage(6, LogLevel.Error, "Backend {Backend} keeps its options, the new ones are faulty: {Faults}")]
    private static partial void ReloadFailed(ILogger logger, string backend, string faults);

    [LoggerMessage(7, LogLevel.Warning,
        "Backend {Backend}: {Handler} in the same chain retries too; attempts multiply. Remove one of the two.")]
    private static partial void AnotherRetries(ILogger logger, string backend, string handler);

    [LoggerMessage(8, LogLevel.Information,
        "Backend {Backend} answers {Path} with {Status}: any answer now counts as a sign of life. Set Recovery:ProbePath to its readiness path.")]
    private static partial void NoProbePath(ILogger logger, string backend, string path, int status);

    [LoggerMessage(9, LogLevel.Debug, "Backend {Backend} has not answered a probe: {Error}.")]
    private static partial void ProbeFailed(ILogger logger, string backend, string error);

    [LoggerMessage(10, LogLevel.Information, "Backend {Backend} at {Address} is not there yet, and the start waits for it: {Cause}.")]
    private static partial void Awaited(ILogger logger, string backend, string address, string cause);

    [LoggerMessage(11, LogLevel.Information, "Backend {Backend} is there after {Seconds} s.")]
    private static partial void There(ILogger logger, string backend, string seconds);

    [LoggerMessage(12, LogLevel.Warning, "Backend {Backend}: a call failed, {Reason} (attempts: {Attempts}, {Seconds} s): {Cause}.{Others}")]
    private static partial void CallFailed(ILogger logger, string backend, string reason, int attempts, string seconds, string cause, string others);

    [LoggerMessage(13, LogLevel.Debug, "Backend {Backend}: attempt {Attempt} failed, {Cause}. The next follows in {Seconds} s.")]
    private static partial void Retries(ILogger logger, string backend, int attempt, string cause, string seconds);

    [LoggerMessage(14, LogLevel.Debug, "Backend {Backend}: a response's body threw {Error} when it was disposed of.")]
    private static partial void DisposeFailed(ILogger logger, string backend, string error);

    [LoggerMessage(15, LogLevel.Warning, "Backend {Backend} is overloaded: {Cause}. Calls wait for a place: {Waiting}, the newest goes first.")]
    private static partial void Overloaded(ILogger logger, string backend, string cause, int waiting);

    [LoggerMessage(16, LogLevel.Information, "Backend {Backend} is overloaded no longer. It was for {Seconds} s.")]
    private static partial void OverloadedNoLonger(ILogger logger, string backend, string seconds);

    private sealed class Quiet(ILogger sink) : ILogger
    {
        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel)
        {
            try
            {
                return sink.IsEnabled(logLevel);
            }
            catch (Exception)
            {
                return false;
            }
        }

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter)
        {
            try
            {
                sink.Log(logLevel, eventId, state, exception, formatter);
            }
            catch (Exception)
            {
                // There is nowhere to say it.
            }
        }
    }
}

using System.Globalization;

namespace Resilience.Client;

/// <summary>What one backend logs: a line per change of state, nothing per call.</summary>
internal sealed partial class BackendLog(string backend, ILogger logger)
{
    public void IsDown(string cause, Settings settings) => Down(logger, backend, settings.Address.GetLeftPart(UriPartial.Authority), cause,
        settings.WhenDown == WhenDown.Wait ? "Calls wait for its return, up to " + FailureText.Seconds(settings.Timeout) : "Calls fail until it is back");

    public void IsBack(TimeSpan after) => Back(logger, backend, after.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));

    public void IsAwaited(string cause, Settings settings) => Awaited(logger, backend, settings.Address.GetLeftPart(UriPartial.Authority), cause);

    public void IsThere(TimeSpan after) => There(logger, backend, after.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture));

    public void Isolated(string reason) => Isolated(logger, backend, reason);

    public void Restored() => Restored(logger, backend);

    public void Reloaded(string changes) => Reloaded(logger, backend, changes);

    public void ReloadFailed(string faults) => ReloadFailed(logger, backend, faults);

    public void AnotherRetries(string handler) => AnotherRetries(logger, backend, handler);

    public void NoProbePath(string path, int status) => NoProbePath(logger, backend, path, status);

    public void ProbeFailed(Exception error) => ProbeFailed(logger, backend, error.GetType().Name);

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

    [LoggerMessage(9, LogLevel.Debug, "Backend {Backend} is not back: the probe ended with {Error}.")]
    private static partial void ProbeFailed(ILogger logger, string backend, string error);

    [LoggerMessage(10, LogLevel.Information, "Backend {Backend} at {Address} is not there yet, and the start waits for it: {Cause}.")]
    private static partial void Awaited(ILogger logger, string backend, string address, string cause);

    [LoggerMessage(11, LogLevel.Information, "Backend {Backend} is there after {Seconds} s.")]
    private static partial void There(ILogger logger, string backend, string seconds);
}

using Microsoft.Extensions.Logging;

namespace Resilience.Hosting;

/// <summary>What the gate logs: a line per change, one per report period, and how it ended.</summary>
internal sealed partial class GateLog(ILogger logger)
{
    public void Waiting(GateView view, TimeSpan timeout) => Waiting(logger, view.Checks.Count, GateText.Names(view.Checks), Durations.Rough(timeout));

    public void NothingToWaitFor() => NothingToWaitFor(logger, CheckTags.Startup);

    public void Changed(GateEvent changed, TimeSpan now)
    {
        var check = changed.Check;
        switch (changed.Change)
        {
            case GateChange.There:
                There(logger, check.Name, Durations.Exact(now));
                break;
            case GateChange.Fails:
                Fails(logger, check.Name, GateText.Reason(check));
                break;
            case GateChange.Gone:
                Gone(logger, check.Name, GateText.Reason(check));
                break;
            case GateChange.GivenUp:
                GivenUp(logger, check.Name, Durations.Exact(now - check.Since), GateText.Reason(check));
                break;
        }
    }

    public void StillWaiting(GateView view, TimeSpan now, TimeSpan timeout, bool forever)
    {
        var left = timeout - now;
        StillWaiting(logger, GateText.Missing(view, now), GateText.Count(view), forever ? "as long as it takes" : $"{Durations.Rough(left > TimeSpan.Zero ? left : TimeSpan.Zero)} left");
    }

    public void Open(GateView view, TimeSpan now) => Open(logger, Durations.Exact(now), GateText.Count(view));

    public void Failed(GateView view, string summary) => Failed(logger, summary, GateText.Table(view));

    public void Stopped(GateView view, TimeSpan now) => Stopped(logger, Durations.Exact(now), GateText.Missing(view, now));

    [LoggerMessage(41, LogLevel.Information, "Startup gate: waiting for {Count} checks, {Timeout} at most: {Checks}")]
    private static partial void Waiting(ILogger logger, int count, string checks, string timeout);

    [LoggerMessage(42, LogLevel.Information, "Startup gate: {Check} is there after {Seconds}")]
    private static partial void There(ILogger logger, string check, string seconds);

    [LoggerMessage(43, LogLevel.Information, "Startup gate: {Check} is not there yet, {Reason}")]
    private static partial void Fails(ILogger logger, string check, string reason);

    [LoggerMessage(44, LogLevel.Warning, "Startup gate: {Check} is gone again, {Reason}")]
    private static partial void Gone(ILogger logger, string check, string reason);

    [LoggerMessage(45, LogLevel.Warning, "Startup gate: {Check} is optional and not there after {Seconds}, {Reason}. The start goes on without it")]
    private static partial void GivenUp(ILogger logger, string check, string seconds, string reason);

    [LoggerMessage(46, LogLevel.Information, "Startup gate: waiting for {Missing}; {There}, {Left}")]
    private static partial void StillWaiting(ILogger logger, string missing, string there, string left);

    [LoggerMessage(47, LogLevel.Information, "Startup gate: open after {Seconds}, {There}")]
    private static partial void Open(ILogger logger, string seconds, string there);

    [LoggerMessage(48, LogLevel.Critical, "Startup gate: {Summary}{Table}")]
    private static partial void Failed(ILogger logger, string summary, string table);

    [LoggerMessage(49, LogLevel.Information, "Startup gate: told to stop after {Seconds}, while waiting for {Missing}")]
    private static partial void Stopped(ILogger logger, string seconds, string missing);

    [LoggerMessage(50, LogLevel.Warning, "Startup gate: there is nothing to wait for, so it is open from the start. Tag the checks that the start needs with '{Tag}' (CheckTags.Startup), or remove AddStartupGate")]
    private static partial void NothingToWaitFor(ILogger logger, string tag);
}

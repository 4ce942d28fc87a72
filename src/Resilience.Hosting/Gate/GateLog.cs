using Microsoft.Extensions.Logging;

namespace Resilience.Hosting;

/// <summary>What the gate logs: a line per change, one per report period, and how it ended. Never throws: a logger that fails must not end the wait.</summary>
internal sealed partial class GateLog(ILogger logger)
{
    private readonly ILogger _logger = new HarmlessLogger(logger);

    public void Waiting(GateView view, StartupGateOptions options) =>
        Waiting(_logger, view.Checks.Count, view.Checks.Count == 1 ? "check" : "checks", options.KeepWaiting ? "as long as it takes" : $"{Durations.Rough(options.Timeout)} at most", GateText.Names(view));

    public void NothingToWaitFor() => NothingToWaitFor(_logger, CheckTags.Startup);

    public void Changed(GateEvent changed, TimeSpan now)
    {
        var check = changed.Check;
        switch (changed.Change)
        {
            case GateChange.There:
                There(_logger, check.Name, Durations.Exact(now));
                break;
            case GateChange.Fails:
                Fails(_logger, check.Name, GateText.Reason(check));
                break;
            case GateChange.Gone:
                Gone(_logger, check.Name, GateText.Reason(check));
                break;
            case GateChange.GivenUp:
                GivenUp(_logger, check.Name, Durations.Exact(now - check.Since), GateText.Reason(check));
                break;
        }
    }

    public void StillWaiting(GateView view, TimeSpan now, StartupGateOptions options)
    {
        var (seconds, there, missing, left) = (Durations.Rough(now), GateText.Count(view), GateText.Missing(view, now), GateText.Left(now, options));
        StillWaiting(_logger, now < options.Timeout ? LogLevel.Information : LogLevel.Warning, seconds, there, missing, left);
    }

    public void Open(GateView view, TimeSpan now) => Open(_logger, Durations.Exact(now), GateText.Count(view), GateText.Without(view));

    public void Failed(GateView view, string summary) => Failed(_logger, summary, GateText.Table(view));

    public void Stopped(GateView view, TimeSpan now)
    {
        if (GateText.Missing(view, now) is { Length: > 0 } missing)
            Stopped(_logger, Durations.Exact(now), missing);
        else
            StoppedEarly(_logger);
    }

    [LoggerMessage(41, LogLevel.Information, "Startup gate: waiting for {Count} {Checks}, {Limit}: {Names}")]
    private static partial void Waiting(ILogger logger, int count, string checks, string limit, string names);

    [LoggerMessage(42, LogLevel.Information, "Startup gate: {Check} is there after {Seconds}")]
    private static partial void There(ILogger logger, string check, string seconds);

    [LoggerMessage(43, LogLevel.Information, "Startup gate: {Check} is not there yet, {Reason}")]
    private static partial void Fails(ILogger logger, string check, string reason);

    [LoggerMessage(44, LogLevel.Warning, "Startup gate: {Check} is gone again, {Reason}")]
    private static partial void Gone(ILogger logger, string check, string reason);

    [LoggerMessage(45, LogLevel.Warning, "Startup gate: {Check} is optional and not there after {Seconds}, {Reason}. The start goes on without it")]
    private static partial void GivenUp(ILogger logger, string check, string seconds, string reason);

    [LoggerMessage(EventId = 46, Message = "Startup gate: {There} after {Seconds}, waiting for {Missing}; {Left}")]
    private static partial void StillWaiting(ILogger logger, LogLevel level, string seconds, string there, string missing, string left);

    [LoggerMessage(47, LogLevel.Information, "Startup gate: open after {Seconds}, {There}{Without}")]
    private static partial void Open(ILogger logger, string seconds, string there, string without);

    [LoggerMessage(48, LogLevel.Critical, "Startup gate: {Summary}{Table}")]
    private static partial void Failed(ILogger logger, string summary, string table);

    [LoggerMessage(49, LogLevel.Information, "Startup gate: told to stop after {Seconds}, while waiting for {Missing}")]
    private static partial void Stopped(ILogger logger, string seconds, string missing);

    [LoggerMessage(50, LogLevel.Warning, "Startup gate: there is nothing to wait for, so it is open from the start. Tag the checks that the start needs with '{Tag}' (CheckTags.Startup), or remove AddStartupGate")]
    private static partial void NothingToWaitFor(ILogger logger, string tag);

    [LoggerMessage(51, LogLevel.Information, "Startup gate: told to stop before it has asked anybody")]
    private static partial void StoppedEarly(ILogger logger);
}

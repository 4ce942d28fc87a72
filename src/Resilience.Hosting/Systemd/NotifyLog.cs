using Microsoft.Extensions.Logging;

namespace Resilience.Hosting;

/// <summary>What is worth a word about systemd. Never throws: on a thread of our own that would end the process.</summary>
internal sealed partial class NotifyLog(ILogger logger)
{
    private readonly ILogger _logger = new HarmlessLogger(logger);

    public void Notifies(TimeSpan? watchdog) => Notifies(_logger, watchdog is { } period ? Durations.Exact(period) : "none");

    public void CannotNotify(string error) => CannotNotify(_logger, error);

    public void NotTaken() => NotTaken(_logger);

    public void NotLive(string status) => NotLive(_logger, status);

    public void PoolStands(TimeSpan time) => PoolStands(_logger, Durations.Exact(time));

    public void Failed(Exception error) => Failed(_logger, error);

    public void Reloads() => Reloads(_logger);

    public void ReloadFailed(Exception error) => ReloadFailed(_logger, error);

    public void RestartsUnknown(string error) => RestartsUnknown(_logger, error);

    [LoggerMessage(61, LogLevel.Debug, "systemd is told how this service is; its watchdog period: {Period}")]
    private static partial void Notifies(ILogger logger, string period);

    [LoggerMessage(62, LogLevel.Warning, "systemd cannot be told how this service is. {Error}")]
    private static partial void CannotNotify(ILogger logger, string error);

    [LoggerMessage(63, LogLevel.Warning, "systemd does not take notifications; they are sent again until it does")]
    private static partial void NotTaken(ILogger logger);

    [LoggerMessage(64, LogLevel.Critical, "This process is not live, and systemd's watchdog gets no more pings. {Status}")]
    private static partial void NotLive(ILogger logger, string status);

    [LoggerMessage(65, LogLevel.Critical, "The thread pool has not run a work item for {Seconds}: systemd's watchdog gets no ping before it does. Something blocks its threads")]
    private static partial void PoolStands(ILogger logger, string seconds);

    [LoggerMessage(66, LogLevel.Error, "Telling systemd how this service is has failed and goes on")]
    private static partial void Failed(ILogger logger, Exception error);

    [LoggerMessage(67, LogLevel.Information, "SIGHUP: the configuration is reloaded")]
    private static partial void Reloads(ILogger logger);

    [LoggerMessage(68, LogLevel.Error, "Reloading the configuration has failed; what was read before stays in force")]
    private static partial void ReloadFailed(ILogger logger, Exception error);

    [LoggerMessage(69, LogLevel.Debug, "How often systemd has restarted this unit cannot be told. {Error}")]
    private static partial void RestartsUnknown(ILogger logger, string error);
}

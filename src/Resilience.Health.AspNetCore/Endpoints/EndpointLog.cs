using Microsoft.Extensions.Logging;

namespace Resilience.Health.AspNetCore;

/// <summary>What is worth a word but no refusal.</summary>
internal sealed partial class EndpointLog(ILogger logger)
{
    private int _hasWarned;

    public void NobodyListens(int port) => NobodyListens(logger, port);

    public void SolePort(int port) => SolePort(logger, port);

    public void LongDrain(TimeSpan drain, TimeSpan shutdown) => LongDrain(logger, drain, shutdown);

    public void NobodyRefuses() => NobodyRefuses(logger);

    /// <summary>A warning the first time; who sends nonsense may do so often.</summary>
    public void CannotAuthenticate(Exception error)
    {
        if (Interlocked.Exchange(ref _hasWarned, 1) == 0)
            CannotAuthenticate(logger, LogLevel.Warning, error);
        else
            CannotAuthenticate(logger, LogLevel.Debug, error);
    }

    [LoggerMessage(21, LogLevel.Warning, "Nobody listens on ManagementPort {Port}: add it to ASPNETCORE_URLS, or details cannot be asked for.")]
    private static partial void NobodyListens(ILogger logger, int port);

    [LoggerMessage(22, LogLevel.Warning, "ManagementPort {Port} is the only port, and everything but health is 404 there: add the application's own port to ASPNETCORE_URLS, or remove ManagementPort.")]
    private static partial void SolePort(ILogger logger, int port);

    [LoggerMessage(23, LogLevel.Warning, "Health:DrainDelay ({Drain}) takes half or more of the host's ShutdownTimeout ({Shutdown}): requests under way may be cut. Raise HostOptions.ShutdownTimeout.")]
    private static partial void LongDrain(ILogger logger, TimeSpan drain, TimeSpan shutdown);

    [LoggerMessage(EventId = 24, Message = "Whether a caller may see more than the state cannot be told: authentication has failed or takes too long. The state alone is shown.")]
    private static partial void CannotAuthenticate(ILogger logger, LogLevel level, Exception error);

    [LoggerMessage(25, LogLevel.Warning, "Requests are served before the service has started, although Health:RefuseWhileStarting is on: where MapHealth is called, only AddHealthEndpoints can refuse them. Add it, or set RefuseWhileStarting to false.")]
    private static partial void NobodyRefuses(ILogger logger);
}

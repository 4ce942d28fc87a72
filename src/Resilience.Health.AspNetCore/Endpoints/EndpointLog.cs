using Microsoft.Extensions.Logging;

namespace Resilience.Health.AspNetCore;

/// <summary>What is worth a word but no refusal.</summary>
internal sealed partial class EndpointLog(ILogger logger)
{
    public void NobodyListens(int port) => NobodyListens(logger, port);

    public void NotIsolated(int port) => NotIsolated(logger, port);

    public void LongDrain(TimeSpan drain, TimeSpan shutdown) => LongDrain(logger, drain, shutdown);

    [LoggerMessage(21, LogLevel.Warning, "Nobody listens on ManagementPort {Port}: add it to ASPNETCORE_URLS, or details cannot be asked for.")]
    private static partial void NobodyListens(ILogger logger, int port);

    [LoggerMessage(22, LogLevel.Warning, "ManagementPort {Port} serves the application's other paths too: call MapHealth on the WebApplication itself, not on a group.")]
    private static partial void NotIsolated(ILogger logger, int port);

    [LoggerMessage(23, LogLevel.Warning, "Health:DrainDelay ({Drain}) takes half or more of the host's ShutdownTimeout ({Shutdown}): requests under way may be cut. Raise HostOptions.ShutdownTimeout.")]
    private static partial void LongDrain(ILogger logger, TimeSpan drain, TimeSpan shutdown);
}

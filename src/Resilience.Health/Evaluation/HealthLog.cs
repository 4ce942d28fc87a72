using System.Globalization;
using Microsoft.Extensions.Logging;

namespace Resilience.Health;

/// <summary>What the evaluator logs: a line per change, nothing per run. Never throws: a logger that fails must not end a loop, nor a reader's request.</summary>
internal sealed partial class HealthLog(ILogger logger)
{
    private readonly ILogger _logger = new HarmlessLogger(logger);

    public void Changed(CheckSnapshot before, CheckSnapshot now, TimeSpan after)
    {
        if (now.Status == HealthStatus.Healthy)
        {
            if (before.CheckedAt is not null)
                Recovered(_logger, now.Name, now.Word, Seconds(after));
            else
                FirstWell(_logger, now.Name, now.Word);
        }
        else
        {
            var said = now.Description?.ReplaceLineEndings(" ") ?? "nothing said";
            Bad(_logger, now.Status == HealthStatus.Degraded ? LogLevel.Warning : LogLevel.Error, now.Name, now.Word, now.Error, said);
        }
    }

    public void Stale(CheckSnapshot check, TimeSpan age) => Stale(_logger, check.Name, Seconds(age));

    public void Stalled() => Stalled(_logger);

    public void Moves() => Moves(_logger);

    public void Started(int checks) => Started(_logger, checks);

    public void Draining(TimeSpan delay) => Draining(_logger, Seconds(delay));

    public void DrainCutShort() => DrainCutShort(_logger);

    public void Fault(string fault) => Fault(_logger, fault);

    public void LoopFailed(string check, Exception error) => LoopFailed(_logger, error, check);

    public void FileFailed(string error) => FileFailed(_logger, error);

    private static string Seconds(TimeSpan time) => time.TotalSeconds.ToString("0.###", CultureInfo.InvariantCulture);

    [LoggerMessage(1, LogLevel.Information, "Check {Check} is {Word} again after {Seconds} s.")]
    private static partial void Recovered(ILogger logger, string check, string word, string seconds);

    [LoggerMessage(2, LogLevel.Debug, "Check {Check} is {Word}.")]
    private static partial void FirstWell(ILogger logger, string check, string word);

    [LoggerMessage(EventId = 3, Message = "Check {Check} is {Word}: {Error} ({Description})")]
    private static partial void Bad(ILogger logger, LogLevel level, string check, string word, string? error, string description);

    [LoggerMessage(4, LogLevel.Error, "Check {Check} is unknown: its last result is {Seconds} s old.")]
    private static partial void Stale(ILogger logger, string check, string seconds);

    [LoggerMessage(5, LogLevel.Critical, "The evaluator of health checks has stopped moving: this process is not live.")]
    private static partial void Stalled(ILogger logger);

    [LoggerMessage(6, LogLevel.Information, "Started: all {Checks} health checks have run, and what the start needs is there.")]
    private static partial void Started(ILogger logger, int checks);

    [LoggerMessage(7, LogLevel.Information, "Draining: readiness says no, and requests are served for another {Seconds} s.")]
    private static partial void Draining(ILogger logger, string seconds);

    [LoggerMessage(8, LogLevel.Warning, "The drain was cut short by the host's ShutdownTimeout: raise that, or lower Health:DrainDelay.")]
    private static partial void DrainCutShort(ILogger logger);

    [LoggerMessage(9, LogLevel.Warning, "Health checks are not in order: {Fault}")]
    private static partial void Fault(ILogger logger, string fault);

    [LoggerMessage(10, LogLevel.Error, "The loop of check {Check} failed and goes on.")]
    private static partial void LoopFailed(ILogger logger, Exception error, string check);

    [LoggerMessage(11, LogLevel.Warning, "{Error}")]
    private static partial void FileFailed(ILogger logger, string error);

    [LoggerMessage(12, LogLevel.Information, "The evaluator of health checks moves again.")]
    private static partial void Moves(ILogger logger);
}

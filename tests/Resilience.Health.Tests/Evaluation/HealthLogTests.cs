using System.Collections.Concurrent;
using System.Reflection;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Health.Tests.Evaluation;

[Collection(VirtualTime.Name)]
public sealed class HealthLogTests
{
    [Fact]
    public async Task Each_change_is_a_line_and_no_run_is_one()
    {
        using var bench = new EvaluatorBench();
        var log = new EventLogger();
        bench.Builder.Logging.AddProvider(log);
        var db = bench.Add("db");
        var cache = bench.Add("cache", HealthStatus.Degraded);
        await bench.StartAsync();
        bench.Time.AdvanceSeconds(50);
        db.Answer = _ => throw new InvalidOperationException("refused\nby Host=db;Username=u;Password=hunter2");
        cache.Is(HealthCheckResult.Unhealthy());
        bench.Time.AdvanceSeconds(600);
        db.IsWell();
        cache.IsWell();
        bench.Time.AdvanceSeconds(300);
        string[] expected = [
            "2 Debug: Check cache is ok.", "2 Debug: Check db is ok.", "6 Information: Started: all 2 health checks have run, and what the start needs is there.",
            "3 Warning: Check cache is degraded: failed (nothing said)", "3 Error: Check db is error: exception (InvalidOperationException: refused by "];
        var lines = log.Lines.ToArray();
        Assert.Equal(7, lines.Length);
        Assert.All(expected, start => Assert.Single(lines, line => line.StartsWith(start, StringComparison.Ordinal)));
        Assert.Equal(2, lines.Count(line => line.StartsWith("1 Information: Check ", StringComparison.Ordinal) && line.Contains(" is ok again after ", StringComparison.Ordinal)));
        Assert.All(lines, line => Assert.DoesNotContain("hunter2", line, StringComparison.Ordinal));
        Assert.All(lines, line => Assert.DoesNotContain('\n', line));
    }

    [Fact]
    public void Event_ids_are_stable()
    {
        var events = typeof(HealthLog).GetMethods(BindingFlags.Static | BindingFlags.NonPublic)
            .Select(method => (method.Name, Event: method.GetCustomAttribute<LoggerMessageAttribute>()))
            .Where(method => method.Event is not null).OrderBy(method => method.Event?.EventId).Select(method => $"{method.Event?.EventId} {method.Name}");
        Assert.Equal(
            ["1 Recovered", "2 FirstWell", "3 Bad", "4 Stale", "5 Stalled", "6 Started", "7 Draining", "8 DrainCutShort", "9 Fault", "10 LoopFailed", "11 FileFailed", "12 Moves"], events);
    }

    private sealed class EventLogger : ILoggerProvider, ILogger
    {
        public ConcurrentQueue<string> Lines { get; } = [];

        public ILogger CreateLogger(string categoryName) => categoryName == "Resilience.Health" ? this : Microsoft.Extensions.Logging.Abstractions.NullLogger.Instance;

        public IDisposable? BeginScope<TState>(TState state) where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{eventId.Id} {logLevel}: {formatter(state, exception)}");

        public void Dispose()
        {
        }
    }
}

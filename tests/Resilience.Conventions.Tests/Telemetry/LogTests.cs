using System.Reflection;
using Microsoft.Extensions.Logging;
using Xunit;

namespace Resilience.Conventions.Tests.Telemetry;

/// <summary>
/// That the tables of log lines in <c>docs/telemetry.md</c> are those of the code: who searches or alerts goes by ids. <c>ACCEPT_TELEMETRY=1</c> rewrites these tables instead of comparing them.
/// </summary>
public sealed class LogTests
{
    // Packages that share a category must not share an id.
    private static readonly Dictionary<string, (int First, int Last)> Ranges = new()
    {
        ["Resilience.Client"] = (1, 99),
        ["Resilience.Health"] = (1, 20),
        ["Resilience.Health.AspNetCore"] = (21, 40),
        ["Resilience.Hosting"] = (41, 80),
        ["Resilience.Metrics.Prometheus"] = (1, 20),
    };

    public static TheoryData<string> Packages => [.. Logging];

    private static IEnumerable<string> Logging => Repository.PackageNames.Where(package => Messages(package).Count > 0);

    [Fact]
    public void Packages_of_the_document_are_those_that_log()
    {
        if (Accepts)
            return;
        Assert.Equal(Logging.Order(StringComparer.Ordinal), TelemetryDocument.Section("## Logs").Where(line => line.StartsWith("### ", StringComparison.Ordinal)).Select(line => line[4..]).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Log_lines_of_the_document_are_those_of_the_code(string package)
    {
        var heading = $"### {package}";
        string[] expected = ["| id | level | message |", "| --- | --- | --- |", .. Messages(package).Select(Row)];
        if (Accepts)
            Rewrite(heading, expected);
        var written = TelemetryDocument.Section(heading).Where(line => line.StartsWith('|'));
        Assert.True(expected.SequenceEqual(written), $"The log lines of {package} changed. If that is meant, run the tests once with ACCEPT_TELEMETRY=1, or write below '{heading}':\n{string.Join('\n', expected)}");
    }

    [Theory]
    [MemberData(nameof(Packages))]
    public void Ids_are_single_and_in_the_packages_range(string package)
    {
        var ids = Messages(package).Select(message => message.EventId).ToList();
        Assert.Equal(ids.Distinct(), ids);
        Assert.True(Ranges.TryGetValue(package, out var range), $"{package} has no range of ids yet");
        Assert.All(ids, id => Assert.InRange(id, range.First, range.Last));
    }

    private static bool Accepts => Environment.GetEnvironmentVariable("ACCEPT_TELEMETRY") == "1";

    private static List<LoggerMessageAttribute> Messages(string package) =>
        [.. Assembly.Load(package).GetTypes()
            .SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly))
            .Select(method => method.GetCustomAttribute<LoggerMessageAttribute>()).OfType<LoggerMessageAttribute>().OrderBy(message => message.EventId)];

    private static string Row(LoggerMessageAttribute message) =>
        $"| {message.EventId} | {(message.Level == LogLevel.None ? "varies" : message.Level.ToString().ToLowerInvariant())} | {message.Message.Replace("|", "\\|", StringComparison.Ordinal)} |";

    private static void Rewrite(string heading, string[] table)
    {
        var lines = File.ReadAllLines(TelemetryDocument.Path).ToList();
        var start = lines.IndexOf(heading) + 1;
        Assert.True(start > 0, $"{TelemetryDocument.Path} lacks '{heading}'");
        while (start < lines.Count && !lines[start].StartsWith('|') && !lines[start].StartsWith('#'))
            start++;
        var end = start;
        while (end < lines.Count && lines[end].StartsWith('|'))
            end++;
        lines.RemoveRange(start, end - start);
        lines.InsertRange(start, table);
        File.WriteAllText(TelemetryDocument.Path, string.Join('\n', lines) + '\n');
    }
}
